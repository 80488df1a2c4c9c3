<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity;

use Drupal\background_agents\Review\Diff\Difference;
use Drupal\background_agents\Review\Outcome\Fate;
use Drupal\Core\Entity\EntityStorageInterface;

/**
 * What reviews need of a change, and what came of it.
 *
 * @internal
 */
trait ReviewedTrait {

  /**
   * What the fields that the agent set held before, and what it left in them.
   *
   * Kept here, since refusals and retries delete revisions.
   *
   * @return array{before: array<string, list<mixed>>, after: array<string, list<mixed>>}|null
   *   Stored items by field; NULL for a change of before they were kept.
   */
  public function getOwnValues(): ?array {
    $values = json_decode((string) $this->get('own_values')->value, TRUE);
    return is_array($values) ? $values : NULL;
  }

  /**
   * The version of the agent's definition that wrote it; NULL: not known.
   */
  public function getAgentVersion(): ?int {
    $number = $this->get('agent_version')->value;
    return $number === NULL ? NULL : (int) $number;
  }

  /**
   * What the draft does to each field, for a sentence.
   *
   * @return list<\Drupal\background_agents\Review\Diff\Difference>
   *   Empty for a change of before they were kept.
   */
  public function getDifferences(): array {
    $stored = json_decode((string) $this->get('differences')->value, TRUE);
    return array_values(array_filter(array_map(Difference::of(...), is_array($stored) ? $stored : [])));
  }

  /**
   * What came of the draft when its item was published; NULL: not known.
   *
   * One of the constants of Review\Outcome\Outcome.
   */
  public function getOutcome(): ?string {
    return $this->get('outcome')->value;
  }

  /**
   * The share of the agent's changes that was published, 0 to 1.
   */
  public function getOutcomeShare(): ?float {
    $share = $this->get('outcome_share')->value;
    return $share === NULL ? NULL : (float) $share;
  }

  /**
   * How often the run had been sent back when it left this draft.
   */
  public function getRound(): int {
    return (int) $this->get('round')->value;
  }

  /**
   * The draft that people sent back, and that this one answers; NULL: none.
   */
  public function getAnswered(): ?self {
    $change = $this->get('answers')->entity;
    return $change instanceof self ? $change : NULL;
  }

  /**
   * Why a person refused it; empty when nobody said.
   */
  public function getReason(): string {
    return (string) $this->get('reason')->value;
  }

  /**
   * {@inheritdoc}
   */
  public function preSave(EntityStorageInterface $storage): void {
    parent::preSave($storage);
    $this->set('fate', Fate::of($this->getStatus(), $this->getOutcome())?->value);
  }

}
