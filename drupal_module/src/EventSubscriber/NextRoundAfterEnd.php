<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Event\RunEndedEvent;
use Drupal\background_agents\Event\RunFailedEvent;
use Drupal\background_agents\Event\RunFinishedEvent;
use Drupal\background_agents\Review\NextRound;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;

/**
 * Begins the next round of a run that people sent back while it was at work.
 *
 * When the process dies before it, cron does.
 *
 * @internal
 */
final class NextRoundAfterEnd implements EventSubscriberInterface {

  public function __construct(
    private readonly NextRound $next,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    // The last one: others are told of a run that has ended.
    return [RunFinishedEvent::class => ['onEnd', -1000], RunFailedEvent::class => ['onEnd', -1000]];
  }

  /**
   * Begins the round, if one is due.
   */
  public function onEnd(RunEndedEvent $event): void {
    $this->next->begin($event->run->uuid());
  }

}
