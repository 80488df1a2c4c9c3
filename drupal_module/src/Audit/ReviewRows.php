<?php

declare(strict_types=1);

namespace Drupal\background_agents\Audit;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Review\ProposedRules;
use Drupal\background_agents\Review\Provenance\ProvenanceStore;
use Drupal\background_agents\Review\SentBackStore;

/**
 * What a person said in reviews, for a copy that they ask for.
 *
 * @internal
 */
final class ReviewRows {

  public function __construct(
    private readonly SentBackStore $sentBack,
    private readonly ProposedRules $proposedRules,
    private readonly ProvenanceStore $provenance,
  ) {}

  /**
   * Remarks of drafts that the person sent back.
   *
   * @return array<array<string, mixed>>
   *   Unix time and remarks of each time.
   */
  public function sentBack(int $uid): array {
    return array_map(static fn (array $row): array => [
      'created' => (int) $row['created'],
      'remarks' => json_decode($row['remarks'], TRUE, 64, JSON_THROW_ON_ERROR),
    ], $this->sentBack->ofPerson($uid));
  }

  /**
   * Rules for agents that the person proposed.
   *
   * @return array<array<string, mixed>>
   *   Unix time and text of each.
   */
  public function proposedRules(int $uid): array {
    return $this->proposedRules->ofPerson($uid);
  }

  /**
   * Versions with an agent's words that the person is kept as having checked.
   *
   * @return array<array<string, mixed>>
   *   Entity type, item, revision, language, agent and time of each.
   */
  public function checks(int $uid): array {
    return array_map(static fn (\stdClass $row): array => [
      'entity_type' => $row->entity_type,
      'id' => $row->entity_id,
      'revision' => (int) $row->revision,
      'langcode' => $row->langcode,
      'agent' => $row->agent,
      'time' => Json::time((int) $row->checked),
    ], $this->provenance->checkedBy($uid));
  }

}
