<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * What undoing a run does with one language of one item.
 *
 * @internal
 */
final readonly class PlannedItem {

  /**
   * Constructs a PlannedItem object.
   *
   * @param string $key
   *   Entity type, id and language.
   * @param list<\Drupal\background_agents\Entity\Change> $changes
   *   What the run did there, the oldest first.
   * @param \Drupal\background_agents\Review\Undo\Deed $deed
   *   What is done.
   * @param string $why
   *   Why nothing is done, or no more than this; plain text.
   * @param list<\Drupal\background_agents\Review\Undo\PlannedField> $fields
   *   What becomes of the fields; only of an item that was there before.
   * @param list<\Drupal\background_agents\Entity\Change> $pending
   *   Drafts of the run that are refused.
   * @param \Drupal\Core\Entity\ContentEntityInterface|null $newest
   *   The newest version; NULL: it is not there, or the person may not edit it.
   * @param \Drupal\Core\Entity\ContentEntityInterface|null $revision
   *   The version that is saved: a draft, or one that is not published.
   * @param bool $isHidden
   *   Whether the site has no drafts for it, so that the version waits on its
   *   page of revisions.
   */
  public function __construct(
    public string $key,
    public array $changes,
    public Deed $deed,
    public string $why = '',
    public array $fields = [],
    public array $pending = [],
    public ?ContentEntityInterface $newest = NULL,
    public ?ContentEntityInterface $revision = NULL,
    public bool $isHidden = FALSE,
  ) {}

  /**
   * Whether anything is done here.
   */
  public function isOpen(): bool {
    return $this->deed !== Deed::Leave || $this->pending !== [];
  }

  /**
   * Whether somebody has changed it since, so that something stays.
   */
  public function isKept(): bool {
    return $this->newest !== NULL && ($this->with(Verdict::Left) !== [] || ($this->deed === Deed::Leave && $this->why !== ''));
  }

  /**
   * The last change of the run: it names the item.
   */
  public function last(): Change {
    return $this->changes[count($this->changes) - 1];
  }

  /**
   * Fields with a verdict.
   *
   * @return list<\Drupal\background_agents\Review\Undo\PlannedField>
   *   In the order of the item.
   */
  public function with(Verdict ...$verdicts): array {
    return array_values(array_filter($this->fields, static fn (PlannedField $field): bool => in_array($field->verdict, $verdicts, TRUE)));
  }

  /**
   * Differs when something else would be done than was shown.
   */
  public function digest(): string {
    return substr(hash('sha256', json_encode([
      $this->key,
      $this->deed->value,
      array_map(static fn (PlannedField $field): array => [$field->name, $field->verdict->value], $this->fields),
      array_map(static fn (Change $change): string => (string) $change->id(), $this->pending),
      $this->newest?->getRevisionId(),
    ], JSON_THROW_ON_ERROR)), 0, 24);
  }

}
