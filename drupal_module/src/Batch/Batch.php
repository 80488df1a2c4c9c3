<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Dispatch\Via;

/**
 * A batch: an agent is run over many items, one run for each.
 *
 * @internal
 */
final readonly class Batch {

  /**
   * The door of those that people start on pages.
   */
  public const string BY_PERSON = 'manual';

  // Why the site itself pauses a batch, besides the codes of DispatchRefused.
  public const string REQUESTER_LOST = 'requester_lost';

  /**
   * Constructs a Batch object.
   *
   * @param int $id
   *   Its number.
   * @param string $agent
   *   Id of the agent.
   * @param string $agentLabel
   *   The label that the agent had.
   * @param int|null $uid
   *   Who asked for it; NULL: an erased person.
   * @param int|null $retriedBy
   *   Who had failed runs retried last.
   * @param int $retries
   *   How often failed runs were retried.
   * @param \Drupal\background_agents\Batch\BatchState $state
   *   The state.
   * @param string|null $reason
   *   Why the site paused it; NULL: a person did.
   * @param string|null $message
   *   A sentence that goes with the reason.
   * @param \stdClass $input
   *   The input of each run.
   * @param int $items
   *   How many items it has.
   * @param int|null $estimate
   *   What it was thought to cost, in millionths; NULL: not known.
   * @param int $created
   *   Unix seconds.
   * @param int|null $finished
   *   Unix seconds.
   * @param string $door
   *   By which door it was asked for: the trigger type of its runs.
   * @param \Drupal\background_agents\Dispatch\Via|null $via
   *   By which means it was asked for; NULL: not known.
   */
  public function __construct(
    public int $id,
    public string $agent,
    public string $agentLabel,
    public ?int $uid,
    public ?int $retriedBy,
    public int $retries,
    public BatchState $state,
    public ?string $reason,
    public ?string $message,
    public \stdClass $input,
    public int $items,
    public ?int $estimate,
    public int $created,
    public ?int $finished,
    public string $door = self::BY_PERSON,
    public ?Via $via = NULL,
  ) {}

  /**
   * Reads a row of the table.
   */
  public static function fromRow(\stdClass $row): self {
    $number = static fn (?string $value): ?int => $value === NULL ? NULL : (int) $value;
    return new self(
      (int) $row->id,
      $row->agent,
      $row->agent_label,
      $number($row->uid),
      $number($row->retried_by),
      (int) $row->retries,
      BatchState::from($row->state),
      $row->reason,
      $row->message,
      json_decode($row->input, FALSE, 512, JSON_THROW_ON_ERROR),
      (int) $row->items,
      $number($row->estimate_micros),
      (int) $row->created,
      $number($row->finished),
      // They are not there before the update that brings them.
      $row->door ?? self::BY_PERSON,
      isset($row->via_means) ? new Via($row->via_means, $row->via_key, $row->via_name) : NULL,
    );
  }

}
