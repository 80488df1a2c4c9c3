<?php

declare(strict_types=1);

namespace Drupal\background_agents\Audit;

/**
 * A decision as the audit log has it.
 *
 * @internal
 */
final readonly class RecordedDecision {

  /**
   * Constructs a RecordedDecision object.
   *
   * @param int $time
   *   Unix time.
   * @param string $action
   *   As of a Decision.
   * @param string|null $run
   *   UUID of the run; NULL: a batch, a dispatch key, or all agents.
   * @param string|null $agent
   *   Id of its agent.
   * @param string $name
   *   Name of the account then, or its pseudonym.
   * @param string $door
   *   One of site, drush, sidecar.
   * @param string $note
   *   What the person gave as reason.
   * @param array<string, mixed> $data
   *   Id and decision of an answer, from_step of a retry, batch, key.
   */
  public function __construct(
    public int $time,
    public string $action,
    public ?string $run,
    public ?string $agent,
    public string $name,
    public string $door,
    public string $note,
    public array $data,
  ) {}

  /**
   * Makes it of a row of the database.
   */
  public static function fromRow(\stdClass $row): self {
    return new self((int) $row->time, $row->action, $row->run, $row->agent, $row->name, $row->door, (string) $row->note, json_decode($row->data, TRUE, 512, JSON_THROW_ON_ERROR));
  }

  /**
   * What it is about: the UUID of a run, a batch or a key; empty: all agents.
   */
  public function about(): string {
    return match (TRUE) {
      $this->run !== NULL => $this->run,
      isset($this->data['key']) => "key {$this->data['key']}",
      isset($this->data['batch']) => "batch {$this->data['batch']}",
      default => '',
    };
  }

}
