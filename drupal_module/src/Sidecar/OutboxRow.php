<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

/**
 * A row of the outbox: the job of a run that has not ended.
 *
 * @internal
 */
final readonly class OutboxRow {

  /**
   * Constructs an OutboxRow object.
   *
   * @param int $id
   *   Its number, in order of arrival.
   * @param string $run
   *   UUID of the run.
   * @param int $attempt
   *   How often the run was handed out.
   * @param int $generation
   *   Generation of the run.
   * @param string $json
   *   The job as it is stored: without attempt.
   * @param array<string, mixed>|null $job
   *   The same job, as this request has built it; NULL: the row was read.
   */
  public function __construct(
    public int $id,
    public string $run,
    public int $attempt,
    public int $generation,
    public string $json,
    public ?array $job = NULL,
  ) {}

  /**
   * Makes it of a row of the database, whose numbers may be strings.
   */
  public static function fromRow(\stdClass $row): self {
    return new self((int) $row->id, $row->run, (int) $row->attempt, (int) $row->generation, $row->job);
  }

  /**
   * The job; NULL: what is stored cannot be read.
   */
  public function document(): ?\stdClass {
    $job = $this->job === NULL ? json_decode($this->json) : (object) $this->job;
    return $job instanceof \stdClass ? $job : NULL;
  }

  /**
   * What the job says of its agent, as fields of the run.
   *
   * @return array<string, mixed>
   *   Its hash, and the version of its definition.
   */
  public function agentFields(): array {
    $agent = (array) ($this->document()?->agent ?? []);
    return ['agent_hash' => $agent['hash'] ?? NULL, 'agent_version' => $agent['version'] ?? NULL];
  }

}
