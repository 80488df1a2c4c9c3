<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

use Drupal\background_agents\Guard\ProtectedFields;
use Drupal\background_agents\Review\Fingerprint;
use Drupal\background_agents\Review\StoredValues;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Which fields a save changes, for people: forms and editors change no words.
 *
 * @internal
 */
final class ChangedFields {

  /**
   * What was compared before a save and is needed after it, the last one last.
   *
   * A save within a save of the same object has its own.
   *
   * @var \WeakMap<\Drupal\Core\Entity\ContentEntityInterface, list<\Drupal\background_agents\Trigger\FieldsOfSave>>
   */
  private \WeakMap $saves;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly StoredValues $values,
    private readonly ProtectedFields $protectedFields,
  ) {
    $this->saves = new \WeakMap();
  }

  /**
   * Compares what is about to be saved with what is there.
   *
   * Call it in presave: later the default revision is the new one, and parts
   * that are saved with their item are changed in place.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   The translation.
   * @param string[] $names
   *   Names of fields.
   * @param bool $withLive
   *   Whether somebody asks what changes for visitors.
   */
  public function compare(ContentEntityInterface $entity, array $names, bool $withLive): void {
    $original = $entity->isNew() ? NULL : $entity->getOriginal();
    $original = $original instanceof ContentEntityInterface ? $original : NULL;
    $changed = $this->between($entity, $original, $names);
    $live = $withLive ? $this->live($entity, $original) : NULL;
    $fields = new FieldsOfSave($changed, $live !== NULL && $live === $original ? $changed : $this->between($entity, $live, $names));
    $this->saves[$entity] = [...$this->saves[$entity] ?? [], $fields];
  }

  /**
   * Takes what was compared before the save that has now been done.
   */
  public function take(ContentEntityInterface $entity): ?FieldsOfSave {
    $saves = $this->saves[$entity] ?? [];
    $last = array_pop($saves);
    $this->saves[$entity] = $saves;
    return $last;
  }

  /**
   * The fields that differ between a translation and an earlier revision.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   The translation.
   * @param \Drupal\Core\Entity\ContentEntityInterface|null $before
   *   The earlier revision; NULL, or without the language: all fields are new.
   * @param string[] $names
   *   Names of fields.
   *
   * @return list<string>
   *   Those of them that the item has, and that differ.
   */
  public function between(ContentEntityInterface $entity, ?ContentEntityInterface $before, array $names): array {
    $names = array_values(array_filter($names, fn (string $name): bool => $entity->hasField($name) && $this->values->isEditable($entity->getFieldDefinition($name))));
    $langcode = $entity->language()->getId();
    if ($before === NULL || !$before->hasTranslation($langcode)) {
      return $names;
    }
    $before = $before->getTranslation($langcode);
    return array_values(array_filter($names, fn (string $name): bool => $this->differs($entity, $before, $name)));
  }

  private function differs(ContentEntityInterface $entity, ContentEntityInterface $before, string $name): bool {
    // Parts of an item may differ although the reference to them does not.
    if (!$this->protectedFields->isComposite($entity->getFieldDefinition($name)) && $entity->get($name)->equals($before->get($name))) {
      return FALSE;
    }
    return $this->print($entity, $name) !== $this->print($before, $name);
  }

  private function print(ContentEntityInterface $entity, string $name): string {
    return Fingerprint::print($this->values->only($entity, [$name])[$name] ?? []);
  }

  /**
   * What visitors see now, whatever the save was made from.
   */
  private function live(ContentEntityInterface $entity, ?ContentEntityInterface $original): ?ContentEntityInterface {
    if ($original === NULL) {
      return NULL;
    }
    // The original of a draft is that draft.
    $stored = $entity->wasDefaultRevision() && $original->isDefaultRevision() ? $original : $this->entityTypeManager->getStorage($entity->getEntityTypeId())->loadUnchanged($entity->id());
    $langcode = $entity->language()->getId();
    if (!$stored instanceof ContentEntityInterface || !$stored->hasTranslation($langcode)) {
      return NULL;
    }
    $translation = $stored->getTranslation($langcode);
    return $translation instanceof EntityPublishedInterface && !$translation->isPublished() ? NULL : $stored;
  }

}
