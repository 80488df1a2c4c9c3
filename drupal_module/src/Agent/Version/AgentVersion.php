<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent\Version;

/**
 * What determined how an agent behaved, as it was at a time.
 *
 * @internal
 */
final readonly class AgentVersion {

  /**
   * Constructs an AgentVersion object.
   *
   * @param string $agent
   *   Id of the agent.
   * @param int $number
   *   Counted for each agent, from 1; the same definition has the same number.
   * @param string $hash
   *   Hex SHA-256 of the document.
   * @param int $created
   *   Unix time at which it was first seen.
   * @param array<string, mixed> $document
   *   The definition, see VersionDocument.
   */
  public function __construct(
    public string $agent,
    public int $number,
    public string $hash,
    public int $created,
    public array $document,
  ) {}

  /**
   * Reads a row of the table.
   */
  public static function of(\stdClass $row): self {
    return new self($row->agent, (int) $row->number, $row->hash, (int) $row->created, json_decode($row->document, TRUE, 512, JSON_THROW_ON_ERROR));
  }

  /**
   * The model that it names; empty: none.
   */
  public function model(): string {
    return (string) ($this->document['binding']['model'] ?? '');
  }

}
