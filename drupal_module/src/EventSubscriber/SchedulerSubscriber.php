<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Event\MaySaveDraftEvent;
use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Guard\Calendar;
use Drupal\Core\Datetime\DateFormatterInterface;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;

/**
 * Scheduler: no draft on an item that is planned to change by itself.
 *
 * At the planned time Scheduler takes the newest revision, and all languages in
 * it: a draft of an agent would be published without a person, or keep the
 * item from being unpublished.
 *
 * @internal
 */
final class SchedulerSubscriber implements EventSubscriberInterface {

  public function __construct(
    private readonly AgentScope $scope,
    private readonly DateFormatterInterface $dateFormatter,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [MaySaveDraftEvent::class => 'onMaySave'];
  }

  public function onMaySave(MaySaveDraftEvent $event): void {
    if ($event->entity->isNew() || $this->scope->mayPublish()) {
      return;
    }
    foreach (array_keys($event->entity->getTranslationLanguages()) as $langcode) {
      $translation = $event->entity->getTranslation($langcode);
      foreach (Calendar::DATES as $name => $planned) {
        if (Calendar::isDate($translation, $name) && !$translation->get($name)->isEmpty()) {
          $event->refuse(sprintf('"%s" is planned to be %s at %s. Scheduler would take a draft that is saved before along.', $translation->label(), $planned, $this->dateFormatter->format((int) $translation->get($name)->value, 'custom', 'Y-m-d H:i T')));
          return;
        }
      }
    }
  }

}
