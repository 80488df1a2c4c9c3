<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\MaySaveDraftEvent;
use Drupal\background_agents\Http\ProblemException;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;
use Psr\EventDispatcher\EventDispatcherInterface;

/**
 * Asks others whether a draft may be saved now.
 *
 * @internal
 */
final class SaveGate {

  public function __construct(
    private readonly EventDispatcherInterface $events,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Asks about an item as it is stored, or a new one.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   409 `locked` with the reason.
   */
  public function ask(ContentEntityInterface $entity, Run $run): void {
    $event = new MaySaveDraftEvent($entity, $run);
    $this->events->dispatch($event);
    if ($event->getReason() !== NULL) {
      throw ProblemException::of(409, 'locked', 'The item cannot be saved now', $event->getReason(), extra: ['retry_after' => $event->getRetryAfter()]);
    }
  }

  /**
   * Asks again about a draft whose item's row is locked.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   As ask().
   */
  public function askAgain(Draft $draft, Run $run): void {
    $entity = $draft->entity;
    $storage = $this->entityTypeManager->getStorage($entity->getEntityTypeId());
    $base = $draft->base !== NULL && $storage instanceof RevisionableStorageInterface ? $storage->loadRevision($draft->base) : NULL;
    $langcode = $entity->language()->getId();
    $this->ask($base instanceof ContentEntityInterface && $base->hasTranslation($langcode) ? $base->getTranslation($langcode) : $entity, $run);
  }

}
