<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Entity\RunFields;
use Drupal\background_agents\Http\QueryParameters;

/**
 * Which runs of a list a program asks for.
 *
 * @internal
 */
final readonly class RunFilter {

  /**
   * Names of the parameters that it is read from.
   */
  public const array PARAMETERS = [
    'state',
    'agent',
    'trigger',
    'trigger_id',
    'batch',
    'parent',
    'since',
    'before',
    'active_since',
    'asks',
    'refused',
  ];

  /**
   * Sets what is given.
   *
   * @param list<string> $states
   *   One of these states; none: any.
   * @param string|null $agent
   *   Id of the agent.
   * @param list<string> $triggers
   *   One of these trigger types; none: any.
   * @param int|null $batch
   *   Number of the batch.
   * @param string|null $parent
   *   UUID of the run that started them.
   * @param int|null $since
   *   Made at this time or later, in Unix seconds.
   * @param int|null $before
   *   Made before this time.
   * @param string|null $triggerId
   *   Id of what started them: a trigger, a flow, a context of other agents.
   * @param int|null $activeSince
   *   Ended at this time or later; begun then, of those that have not ended;
   *   made then, of those that have not begun.
   * @param bool|null $asks
   *   Whether they wait for the answer of a person.
   * @param bool|null $refused
   *   Whether they have failed because they were not let begin.
   */
  public function __construct(
    public array $states = [],
    public ?string $agent = NULL,
    public array $triggers = [],
    public ?int $batch = NULL,
    public ?string $parent = NULL,
    public ?int $since = NULL,
    public ?int $before = NULL,
    public ?string $triggerId = NULL,
    public ?int $activeSince = NULL,
    public ?bool $asks = NULL,
    public ?bool $refused = NULL,
  ) {}

  /**
   * Reads what the address of a request says.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   422 invalid.
   */
  public static function of(QueryParameters $query): self {
    return new self(
      $query->words('state', array_map(static fn (RunState $state): string => $state->value, RunState::cases())),
      $query->machineName('agent'),
      $query->words('trigger', array_keys(RunFields::triggerLabels())),
      $query->id('batch'),
      $query->uuid('parent'),
      $query->time('since'),
      $query->time('before'),
      $query->text('trigger_id', 255),
      $query->time('active_since'),
      $query->flag('asks'),
      $query->flag('refused'),
    );
  }

}
