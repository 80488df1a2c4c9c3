<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

use Drupal\background_agents\Entity\Trigger;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Whether a content change is one that a trigger waits for.
 *
 * @internal
 */
final class TriggerMatch {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ChangedFields $changed,
    private readonly TriggerConditions $conditions,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * The active triggers that wait for changes of such content.
   *
   * @return array<string, \Drupal\background_agents\Entity\Trigger>
   *   By id.
   */
  public function triggersOf(ContentEntityInterface $entity): array {
    $triggers = $this->entityTypeManager->getStorage('background_agents_trigger')->loadByProperties([
      'type' => 'content',
      'status' => TRUE,
    ]);
    return array_filter($triggers, static fn (EntityInterface $trigger): bool => $trigger instanceof Trigger
      && $trigger->getSettings()['entity_type'] === $entity->getEntityTypeId()
      && self::isOneOf($entity->bundle(), $trigger->getSettings()['bundles']));
  }

  /**
   * What a save has of what a trigger asks of it; NULL: it asks nothing.
   *
   * @param \Drupal\background_agents\Entity\Trigger $trigger
   *   A trigger that the save fits.
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   The content as it was saved or deleted.
   * @param string $operation
   *   One of insert, update, delete.
   * @param \Drupal\background_agents\Trigger\FieldsOfSave|null $fields
   *   What was compared before the save.
   */
  public function facts(Trigger $trigger, ContentEntityInterface $entity, string $operation, ?FieldsOfSave $fields): ?SaveFacts {
    $settings = $trigger->getSettings();
    // With the item all of its fields go.
    $named = $operation === 'delete' ? [] : $settings['fields'];
    if ($named === [] && $settings['conditions'] === []) {
      return NULL;
    }
    $save = SavedContent::now($entity, $this->currentUser->getRoles());
    return new SaveFacts(
      $named === [] ? NULL : $this->changedFields($named, $settings['revisions'], $entity, $fields),
      $this->conditions->happened($settings['conditions'], $save),
      $this->conditions->hold($settings['conditions'], $entity),
    );
  }

  /**
   * Those of the named fields that a save changed.
   *
   * A trigger that waits for published revisions does not see drafts: for it
   * what has changed is what visitors see.
   */
  private function changedFields(array $named, string $revisions, ContentEntityInterface $entity, ?FieldsOfSave $fields): array {
    if ($fields === NULL) {
      $original = $entity->getOriginal();
      return $this->changed->between($entity, $original instanceof ContentEntityInterface ? $original : NULL, $named);
    }
    return array_values(array_intersect($named, $revisions === 'published' ? $fields->sinceLive : $fields->sinceRevision));
  }

  /**
   * Tells whether a change of content sets off a trigger.
   *
   * @param \Drupal\background_agents\Entity\Trigger $trigger
   *   A trigger that waits for changes of such content.
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   The content as it was saved or deleted.
   * @param string $operation
   *   One of insert, update, delete.
   */
  public function fits(Trigger $trigger, ContentEntityInterface $entity, string $operation): bool {
    $settings = $trigger->getSettings();
    return in_array($operation, $settings['operations'], TRUE)
      && self::isOneOf($entity->language()->getId(), $settings['langcodes'])
      && $this->revisionFits($settings['revisions'], $entity, $operation);
  }

  private static function isOneOf(string $value, array $allowed): bool {
    return $allowed === [] || in_array($value, $allowed, TRUE);
  }

  private function revisionFits(string $which, ContentEntityInterface $entity, string $operation): bool {
    return match ($which) {
      'any' => TRUE,
      'state_change' => $operation !== 'update' || self::stateChanged(SavedContent::now($entity, [])),
      default => $entity->isDefaultRevision() && (!$entity instanceof EntityPublishedInterface || $entity->isPublished()),
    };
  }

  private static function stateChanged(SavedContent $save): bool {
    return $save->formerState !== $save->state;
  }

}
