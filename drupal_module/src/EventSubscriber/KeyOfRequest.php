<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Key\CurrentKey;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpKernel\Event\RequestEvent;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * A dispatch key is for one request, and not for what is done after it.
 *
 * What other people are told then is asked of them, and not of the key.
 *
 * @internal
 */
final class KeyOfRequest implements EventSubscriberInterface {

  public function __construct(
    private readonly CurrentKey $current,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [
      // Before authentication (300).
      KernelEvents::REQUEST => ['onRequest', 1000],
      KernelEvents::TERMINATE => ['forget', 1000],
    ];
  }

  /**
   * Forgets the key of another request.
   */
  public function onRequest(RequestEvent $event): void {
    if ($event->isMainRequest()) {
      $this->forget();
    }
  }

  /**
   * Forgets the key.
   */
  public function forget(): void {
    $this->current->set(NULL);
  }

}
