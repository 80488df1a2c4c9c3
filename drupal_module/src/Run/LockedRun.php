<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

/**
 * The row of a run that this transaction has locked.
 *
 * @internal
 */
final readonly class LockedRun {

  public function __construct(
    public int $id,
    public string $uuid,
    public string $agent,
    public RunState $state,
    public ?string $waitingFor,
    public ?string $reason,
    public int $attempt,
    public int $generation,
    public int $lastSeq,
    public ?int $started,
    public int $inputTokens,
    public int $outputTokens,
    public int $costMicros,
    public int $round = 0,
  ) {}

  /**
   * Columns that fromRow() takes.
   */
  public const array COLUMNS = [
    'id',
    'uuid',
    'agent',
    'state',
    'waiting_for',
    'reason',
    'attempt',
    'generation',
    'last_seq',
    'started',
    'input_tokens',
    'output_tokens',
    'cost_micros',
    'round',
  ];

  /**
   * Makes it of a row of the database, whose numbers may be strings.
   *
   * @param array<string, int|string|null> $row
   *   Values by column.
   */
  public static function fromRow(array $row): self {
    return new self(
      id: (int) $row['id'],
      uuid: $row['uuid'],
      agent: $row['agent'],
      state: RunState::from($row['state']),
      waitingFor: $row['waiting_for'],
      reason: $row['reason'],
      attempt: (int) $row['attempt'],
      generation: (int) $row['generation'],
      lastSeq: (int) $row['last_seq'],
      started: $row['started'] === NULL ? NULL : (int) $row['started'],
      inputTokens: (int) $row['input_tokens'],
      outputTokens: (int) $row['output_tokens'],
      costMicros: (int) $row['cost_micros'],
      round: (int) $row['round'],
    );
  }

  /**
   * Whether the run has ended.
   */
  public function isFinal(): bool {
    return $this->state->isFinal();
  }

}
