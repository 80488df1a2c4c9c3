<?php

declare(strict_types=1);

namespace Drupal\site_code_test\EventSubscriber;

use Drupal\background_agents\Event\ChangeSavedEvent;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;

/**
 * Fails when it is told of a draft that is stored.
 */
final class AfterDraft implements EventSubscriberInterface {

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [ChangeSavedEvent::class => 'onChange'];
  }

  public function onChange(ChangeSavedEvent $event): void {
    if ($event->change->label() === 'After') {
      throw new \RuntimeException('The newsletter is not there.');
    }
  }

}
