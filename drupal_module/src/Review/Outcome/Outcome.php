<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Outcome;

/**
 * What came of a draft once its item was published.
 *
 * @internal
 */
final class Outcome {

  // Live as the agent left it.
  public const ACCEPTED = 'accepted';
  // Live for a part, in each of its fields.
  public const ACCEPTED_WITH_CHANGES = 'accepted_with_changes';
  // At least one field was turned down, and one kept.
  public const PARTLY = 'partly';
  // Nothing of it is live.
  public const REPLACED = 'replaced';

  /**
   * Less than this of a field is common words, not the agent's work.
   */
  public const NOTHING = 0.1;

  /**
   * Constructs an Outcome object.
   *
   * @param string $class
   *   One of the constants.
   * @param float $share
   *   The share of the agent's changes that is live, 0 to 1.
   * @param array<string, \Drupal\background_agents\Review\Outcome\FieldOutcome> $fields
   *   What came of each field.
   */
  private function __construct(
    public readonly string $class,
    public readonly float $share,
    public readonly array $fields,
  ) {}

  /**
   * Sums up what came of the fields that the agent changed.
   *
   * @param array<string, \Drupal\background_agents\Review\Outcome\FieldOutcome> $fields
   *   What came of each field that the agent changed.
   *
   * @return self|null
   *   NULL when it changed none.
   */
  public static function of(array $fields): ?self {
    if ($fields === []) {
      return NULL;
    }
    $weights = array_sum(array_map(static fn (FieldOutcome $field): float => $field->weight, $fields));
    $share = array_sum(array_map(static fn (FieldOutcome $field): float => $field->share * $field->weight, $fields)) / $weights;
    $turnedDown = array_filter($fields, static fn (FieldOutcome $field): bool => $field->share <= self::NOTHING);
    $altered = array_filter($fields, static fn (FieldOutcome $field): bool => !$field->isUnaltered);
    $class = match (TRUE) {
      $altered === [] => self::ACCEPTED,
      count($turnedDown) === count($fields) => self::REPLACED,
      $turnedDown !== [] => self::PARTLY,
      default => self::ACCEPTED_WITH_CHANGES,
    };
    return new self($class, round($share, 4), $fields);
  }

}
