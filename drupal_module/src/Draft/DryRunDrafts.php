<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Field\AppliedFields;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;

/**
 * The drafts of test runs: kept with their changes, and never saved.
 *
 * A change of a test run holds all that the run has drafted of the item so far,
 * so that the next draft goes on from the last one.
 *
 * @internal
 */
final class DryRunDrafts {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly KeptValues $kept,
  ) {}

  /**
   * Records a draft that was not saved.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The test run.
   * @param \Drupal\background_agents\Draft\Draft $draft
   *   What would have been saved.
   * @param string $key
   *   The key of the effect.
   * @param string $summary
   *   What was changed and why.
   */
  public function record(Run $run, Draft $draft, string $key, string $summary): Change {
    $entity = $draft->entity;
    $earlier = array_keys($this->last($run, $entity->getEntityTypeId(), (string) $entity->uuid(), $entity->language()->getId())?->getOwnValues()['after'] ?? []);
    $names = array_values(array_unique([...$earlier, ...$draft->applied->changed()]));
    $whole = new Draft($entity, $draft->base, $draft->default, AppliedFields::changing($names));
    $change = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->create(ChangeLog::columns($run, $draft, $key, $summary) + [
      'status' => Change::DRY_RUN,
      ...$this->kept->of($whole, $entity, $this->base($draft)),
    ]);
    assert($change instanceof Change);
    $change->save();
    return $change;
  }

  /**
   * Puts what a test run has drafted of an item so far into it.
   */
  public function goOn(Run $run, ContentEntityInterface $entity): void {
    $change = $run->isDryRun() ? $this->last($run, $entity->getEntityTypeId(), (string) $entity->uuid(), $entity->language()->getId()) : NULL;
    if ($change !== NULL) {
      self::fill($entity, $change->getOwnValues()['after'] ?? []);
    }
  }

  /**
   * The language of an item that only a test run knows; NULL: it knows none.
   */
  public function languageOf(Run $run, DraftRequest $request): ?string {
    $change = $run->isDryRun() ? $this->last($run, $request->entityType, (string) $request->entity, $request->langcode) : NULL;
    return $change?->getTargetBundle() === $request->bundle ? $change->getTargetLangcode() : NULL;
  }

  /**
   * Sets stored items of fields.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   The entity.
   * @param array<string, list<mixed>> $values
   *   Stored items by field.
   */
  public static function fill(ContentEntityInterface $entity, array $values): void {
    foreach ($values as $name => $items) {
      if ($entity->hasField($name)) {
        $entity->set($name, $items);
      }
    }
  }

  /**
   * The last draft of the run's present generation of an item.
   */
  private function last(Run $run, string $type, string $uuid, ?string $langcode): ?Change {
    $storage = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE);
    $query = $storage->getQuery()->accessCheck(FALSE)
      ->condition('run', $run->id())
      ->condition('generation', $run->getGeneration())
      ->condition('target_type', $type)
      ->condition('target_uuid', $uuid);
    if ($langcode !== NULL) {
      $query->condition('target_langcode', $langcode);
    }
    $ids = $query->sort('id', 'DESC')->range(0, 1)->execute();
    $change = $ids === [] ? NULL : $storage->load(reset($ids));
    return $change instanceof Change ? $change : NULL;
  }

  /**
   * What the agent read; NULL: there was nothing.
   */
  private function base(Draft $draft): ?ContentEntityInterface {
    $storage = $this->entityTypeManager->getStorage($draft->entity->getEntityTypeId());
    $base = $storage instanceof RevisionableStorageInterface && $draft->base !== NULL ? $storage->loadRevision($draft->base) : NULL;
    $langcode = $draft->entity->language()->getId();
    return $base instanceof ContentEntityInterface && $base->hasTranslation($langcode) ? $base->getTranslation($langcode) : NULL;
  }

}
