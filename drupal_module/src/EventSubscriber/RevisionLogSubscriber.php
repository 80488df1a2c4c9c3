<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Ui\RevisionLogLinks;
use Drupal\Core\Entity\ContentEntityInterface;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpKernel\Event\ViewEvent;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * Links agents' revisions to their runs on the pages of revisions.
 *
 * Core builds these pages by two controllers, and Diff by a form; none of them
 * asks anybody about the messages.
 *
 * @internal
 */
final class RevisionLogSubscriber implements EventSubscriberInterface {

  public function __construct(
    private readonly RevisionLogLinks $links,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    // Before the page is rendered (0).
    return [KernelEvents::VIEW => ['onView', 10]];
  }

  public function onView(ViewEvent $event): void {
    $request = $event->getRequest();
    $build = $event->getControllerResult();
    if (!is_array($build) || preg_match('/^entity\.(\w+)\.version_history$/', (string) $request->attributes->get('_route'), $found) !== 1) {
      return;
    }
    $item = $request->attributes->get($found[1]);
    if ($item instanceof ContentEntityInterface) {
      $this->links->addTo($build, $item);
      $event->setControllerResult($build);
    }
  }

}
