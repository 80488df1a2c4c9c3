<?php

declare(strict_types=1);

namespace Drupal\background_agents;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Exception\DispatchRefused;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\user\UserInterface;

/**
 * Which run a new run comes from, whatever door it takes.
 *
 * Without it an agent whose drafts set off an ECA model that dispatches it
 * again would never end.
 */
final class Lineage {

  /**
   * Runs whose end, or whose question, is being told to listeners.
   *
   * @var \Drupal\background_agents\Entity\Run[]
   */
  private array $ended = [];

  public function __construct(
    private readonly RunContext $runContext,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * The run that what happens now comes from: it works, has just ended, or asks.
   */
  public function parent(): ?Run {
    return $this->runContext->current() ?? ($this->ended === [] ? NULL : $this->ended[array_key_last($this->ended)]);
  }

  /**
   * Whether the agent itself works now: that never starts it again.
   */
  public function isAtWork(Agent $agent): bool {
    if ($this->runContext->current()?->getAgentId() === $agent->id()) {
      return TRUE;
    }
    $user = $this->currentUser->isAnonymous() ? NULL : $this->entityTypeManager->getStorage('user')->load($this->currentUser->id());
    return $user instanceof UserInterface && $user->uuid() === $agent->getAccountUuid();
  }

  /**
   * The request with its parent and depth, unless it names them.
   *
   * @throws \Drupal\background_agents\Exception\DispatchRefused
   *   409 `own_work` when a model or a trigger would start the agent because
   *   of what it does itself. An agent that asks for a run of its own kind by
   *   the API is bounded by its depth.
   */
  public function of(DispatchRequest $request, Agent $agent): DispatchRequest {
    if (in_array($request->triggerType, ['content', 'eca'], TRUE) && $this->isAtWork($agent)) {
      throw DispatchRefused::of(409, 'own_work', 'The agent itself did this', "What the agent \"{$agent->id()}\" does never starts it again.");
    }
    $parent = $this->parent();
    return $parent === NULL || $request->parent !== NULL ? $request : $request->with(parent: $parent->uuid(), depth: $parent->getDepth() + 1);
  }

  /**
   * Does something because a run has ended, or waits for a person.
   */
  public function because(Run $run, callable $work): void {
    $this->ended[] = $run;
    try {
      $work();
    }
    finally {
      array_pop($this->ended);
    }
  }

}
