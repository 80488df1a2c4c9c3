<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Draft\Grants;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunTree;
use Drupal\background_agents\Run\StartedRun;

/**
 * What the run of an agent hands down to a run that it starts.
 *
 * Who asked and by which means, its priority, whether it is a test run, how
 * deep it may go, and at most what is left of its own budget. Nothing is handed
 * down that it has not got itself.
 *
 * @internal
 */
final class Inheritance {

  /**
   * The limits that a run shares with those that it starts.
   */
  public const array SHARED = ['steps', 'tokens', 'cost_micros'];

  public function __construct(
    private readonly RunContext $runContext,
    private readonly RunLimits $limits,
    private readonly RunTree $tree,
    private readonly Grants $grants,
  ) {}

  /**
   * The request of an agent, with what it inherits; another one as it is.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   *   403 `forbidden`: its binding does not name the agent. 409 `depth`, 409
   *   `budget_spent`.
   */
  public function of(DispatchRequest $request): DispatchRequest {
    $parent = $request->triggerType === 'agent' ? $this->runContext->current() : NULL;
    if ($parent === NULL) {
      return $request;
    }
    $wait = $parent->getAgent()?->getStartableAgents()[$request->agent] ?? NULL;
    if ($wait === NULL) {
      throw DispatchRefused::of(403, 'forbidden', 'Not allowed', "The agent \"{$parent->getAgentId()}\" may not start the agent \"{$request->agent}\": its binding does not name it.");
    }
    return $request->with(
      triggerId: $parent->getAgentId(),
      requester: $parent->getRequesterId(),
      operation: $wait ? StartedRun::WAIT : StartedRun::DETACH,
      parent: $parent->uuid(),
      depth: $parent->getDepth() + 1,
      dryRun: $parent->isDryRun(),
      // The same person asks, by the same means.
      via: Via::of($parent),
      // Whether it is waited for or not: what is urgent does not stand behind
      // others once more, and what may wait does not overtake them.
      priority: $parent->getPriority(),
    );
  }

  /**
   * The limits that hold for what an agent starts, if it is to be made now.
   *
   * @return array<string, int>
   *   The most that it may have, by name; what is absent is not limited by its
   *   parent.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   *   409 `depth`, 409 `budget_spent`.
   */
  public function most(DispatchRequest $request): array {
    $parent = $request->triggerType === 'agent' ? $this->runContext->current() : NULL;
    if ($parent === NULL) {
      return [];
    }
    $held = $this->limits->of($parent);
    $depth = (int) ($held['depth'] ?? 0);
    if ($request->depth > $depth) {
      throw DispatchRefused::of(409, 'depth', 'Agents start agents too deeply', "The run that starts it may be followed by others down to depth $depth only.");
    }
    return ['depth' => $depth] + $this->shared($request->limits, $this->left($parent, $held));
  }

  /**
   * What a run has left of each limit that it shares, as far as known here.
   *
   * @return array<string, int>
   *   By name, where there is a limit.
   */
  private function left(Run $run, array $held): array {
    // Limits count anew in each generation, which begins with its start.
    $used = RunTree::usage($run, $this->tree->below($run->uuid(), $run->getStartedTime() ?? 0));
    $used['tokens'] = $used['input_tokens'] + $used['output_tokens'];
    $left = [];
    foreach (array_intersect(self::SHARED, array_keys($held)) as $name) {
      $left[$name] = $held[$name] * (1 + $this->grants->granted($run, $name)) - $used[$name];
    }
    return $left;
  }

  /**
   * The lower of what is handed down and what is left.
   *
   * @param array<string, int> $given
   *   What the run hands down.
   * @param array<string, int> $left
   *   What it has left.
   *
   * @return array<string, int>
   *   By name, where either says something.
   */
  private function shared(array $given, array $left): array {
    $shared = [];
    foreach (self::SHARED as $name) {
      $amounts = array_filter([$given[$name] ?? NULL, $left[$name] ?? NULL], is_int(...));
      if ($amounts === []) {
        continue;
      }
      $shared[$name] = min($amounts);
      if ($shared[$name] <= 0) {
        throw DispatchRefused::of(409, 'budget_spent', 'Nothing is left', "The run has nothing left of its limit \"$name\" that another one could have. Go on without it.");
      }
    }
    return $shared;
  }

}
