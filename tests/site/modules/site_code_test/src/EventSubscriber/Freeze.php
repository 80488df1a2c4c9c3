<?php

declare(strict_types=1);

namespace Drupal\site_code_test\EventSubscriber;

use Drupal\background_agents\Event\MaySaveDraftEvent;
use Drupal\Core\Database\Connection;
use Drupal\Core\State\StateInterface;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;

/**
 * Refuses drafts at times: a content freeze.
 */
final class Freeze implements EventSubscriberInterface {

  public function __construct(
    private readonly Connection $database,
    private readonly StateInterface $state,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [MaySaveDraftEvent::class => 'onMaySave'];
  }

  public function onMaySave(MaySaveDraftEvent $event): void {
    $busy = (string) $this->state->get('site_code_test.busy', '');
    if ($busy !== '' && !$event->entity->isNew()) {
      $event->refuse($busy);
    }
    if ($event->entity->label() === 'Late freeze' && $this->database->inTransaction()) {
      $event->refuse('Content is frozen since a moment.');
    }
    if ($this->state->get('site_code_test.frozen') && $event->entity->isNew()) {
      $event->refuse('Content is frozen until Monday.');
    }
  }

}
