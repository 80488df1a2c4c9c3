<?php

declare(strict_types=1);

namespace Drupal\background_agents\Field;

/**
 * What the fields of a request came to in an entity.
 *
 * @internal
 */
final class AppliedFields {

  /**
   * Names of the fields whose stored value is another one now.
   *
   * @var string[]
   */
  private array $changed = [];

  /**
   * Deltas of items that are as they were, by field name.
   *
   * @var array<string, int[]>
   */
  private array $kept = [];

  /**
   * Deltas of references whose target was referred to before, by field name.
   *
   * @var array<string, int[]>
   */
  private array $referred = [];

  /**
   * Fields that were changed as a whole, by code.
   *
   * @param string[] $fields
   *   Their names.
   */
  public static function changing(array $fields): self {
    $applied = new self();
    array_walk($fields, static fn (string $field) => $applied->note($field, [], []));
    return $applied;
  }

  /**
   * Notes a field that was changed.
   *
   * @param string $field
   *   Its name.
   * @param int[] $kept
   *   Deltas of items that are as they were.
   * @param int[] $referred
   *   Deltas of references whose target was referred to before.
   */
  public function note(string $field, array $kept, array $referred): void {
    $this->changed[] = $field;
    $this->kept[$field] = $kept;
    $this->referred[$field] = $referred;
  }

  /**
   * Returns names of the fields that the request changes.
   *
   * @return string[]
   *   Names of the fields that the request changes.
   */
  public function changed(): array {
    return $this->changed;
  }

  /**
   * Whether the request changes a field.
   */
  public function isChanged(string $field): bool {
    return in_array($field, $this->changed, TRUE);
  }

  /**
   * Whether an item is as it was before the request.
   */
  public function isKept(string $field, int $delta): bool {
    return in_array($delta, $this->kept[$field] ?? [], TRUE);
  }

  /**
   * Whether a reference's target was there before the request.
   */
  public function isReferred(string $field, int $delta): bool {
    return in_array($delta, $this->referred[$field] ?? [], TRUE);
  }

}
