<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

/**
 * A run below another one: started by it, or by one that it started.
 *
 * @internal
 */
final readonly class StartedRun {

  /**
   * The way of a child that its parent waits for, as the run's operation.
   */
  public const string WAIT = 'wait';

  /**
   * The way of a child that its parent leaves to itself.
   */
  public const string DETACH = 'detach';

  /**
   * Constructs a StartedRun object.
   *
   * @param int $id
   *   Numeric id.
   * @param string $uuid
   *   The UUID.
   * @param string $parent
   *   UUID of the run that started it.
   * @param string $agent
   *   Id of its agent.
   * @param string $label
   *   Label of its agent when it was made.
   * @param \Drupal\background_agents\Run\RunState $state
   *   Its state.
   * @param bool $isAwaited
   *   Whether its parent waits for it.
   * @param bool $isOfAgents
   *   Whether agents started it, and all runs above it up to the top: it lives
   *   on their budgets. What a trigger or a model of the site started because
   *   of an agent's work lives on its own.
   * @param int $level
   *   How far below: 1 for a child, 2 for a child of a child.
   * @param array<string, int> $usage
   *   What it has used itself, by the names of Run::USAGE.
   */
  public function __construct(
    public int $id,
    public string $uuid,
    public string $parent,
    public string $agent,
    public string $label,
    public RunState $state,
    public bool $isAwaited,
    public bool $isOfAgents,
    public int $level,
    public array $usage,
  ) {}

}
