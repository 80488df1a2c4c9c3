<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Access\CurrentMeans;
use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\RevisionLineage;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Session\AccountInterface;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Which run a new run comes from, whatever door it takes.
 *
 * Without it an agent whose drafts set off an ECA model that dispatches it
 * again would never end.
 *
 * @internal
 */
final class Origin {

  /**
   * Runs of which listeners are told something, the innermost last.
   *
   * @var \Drupal\background_agents\Entity\Run[]
   */
  private array $told = [];

  /**
   * The agents whose work was published, as listeners are told with each run.
   *
   * @var array<string[]>
   */
  private array $published = [];

  /**
   * Content whose save goes on: its listeners are being told.
   *
   * @var \Drupal\Core\Entity\ContentEntityInterface[]
   */
  private array $saving = [];

  public function __construct(
    private readonly RunContext $runContext,
    private readonly AccountMarks $marks,
    private readonly AccountInterface $currentUser,
    private readonly RevisionLineage $revisions,
    private readonly Connection $database,
    private readonly CurrentMeans $means,
    private readonly Inheritance $inheritance,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Returns the run that causes what happens now, if any.
   */
  public function parent(): ?Run {
    return $this->runContext->current() ?? ($this->told === [] ? NULL : $this->told[array_key_last($this->told)]);
  }

  /**
   * The request of an agent's run, with what that hands down.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   *   When the run may not start it.
   */
  public function inherited(DispatchRequest $request): DispatchRequest {
    return $this->inheritance->of($request);
  }

  /**
   * The request with the most that the run which starts it can hand down.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   *   When nothing is left of it.
   */
  public function bounded(DispatchRequest $request): DispatchRequest {
    $most = $this->inheritance->most($request);
    return $most === [] ? $request : $request->with(limits: $most);
  }

  /**
   * Whether the agent itself works now: that never starts it again.
   */
  public function isAtWork(Agent $agent): bool {
    if ($this->runContext->current()?->getAgentId() === $agent->id()) {
      return TRUE;
    }
    return !$this->currentUser->isAnonymous() && (int) $this->marks->account($agent)?->id() === (int) $this->currentUser->id();
  }

  /**
   * The request with its parent and depth, unless it names them.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   *   409 `own_work` when a model or a trigger would start the agent because
   *   of what it does itself, or because that was published. An agent that asks
   *   for a run of its own kind by the API is bounded by its depth.
   */
  public function of(DispatchRequest $request, Agent $agent): DispatchRequest {
    $isAutomatic = in_array($request->triggerType, ['content', 'eca'], TRUE);
    if ($isAutomatic && $this->isAtWork($agent)) {
      throw DispatchRefused::of(409, 'own_work', 'The agent itself did this', "What the agent \"{$agent->id()}\" does never starts it again.");
    }
    $saved = $this->saved();
    if ($isAutomatic && ($saved === NULL ? $this->isPublished($agent) : !$this->mayStart($agent, $saved))) {
      throw DispatchRefused::of(409, 'own_work', 'It holds the work of the agent', "What was saved is what the agent \"{$agent->id()}\" wrote, or holds it already. That never starts it again.");
    }
    if ($isAutomatic && $saved !== NULL) {
      $this->started($agent, $saved);
    }
    $parent = $this->parent();
    if ($parent === NULL) {
      return $this->askedBy($request);
    }
    // What a test run starts is one, too: nothing comes of it.
    $request = $request->with(dryRun: $request->dryRun || $parent->isDryRun());
    return $request->parent !== NULL ? $request : $request->with(parent: $parent->uuid(), depth: $parent->getDepth() + 1);
  }

  /**
   * The request with the means by which its own person asks.
   */
  private function askedBy(DispatchRequest $request): DispatchRequest {
    $isAsked = $request->isAskedFor() && $request->via === NULL && $request->requester !== NULL;
    return $isAsked ? $request->with(via: $this->means->of((int) $request->requester)) : $request;
  }

  /**
   * Whether a save may start an agent: not when it holds that agent's work.
   */
  public function mayStart(Agent $agent, ContentEntityInterface $saved): bool {
    $judgement = $this->revisions->of($saved);
    $id = (string) $agent->id();
    if ($judgement === NULL || $judgement->mayStart($id)) {
      return TRUE;
    }
    if ($judgement->isAtLimit($id)) {
      $this->logger->warning('The agent %agent is not started again for %label: it was started three times in a row although no person changed anything. Edit the content, or run the agent yourself. If this comes again, something changes the content at each save.', [
        '%agent' => $agent->label(),
        '%label' => $saved->label(),
      ]);
    }
    return FALSE;
  }

  /**
   * Counts that a save has started an agent.
   */
  public function started(Agent $agent, ContentEntityInterface $saved): void {
    $this->revisions->started($saved, (string) $agent->id());
  }

  /**
   * Tells that the listeners to a save of content are told from now on.
   */
  public function enter(ContentEntityInterface $saved): void {
    $this->saving[] = $saved;
  }

  /**
   * Tells that they were told.
   */
  public function leave(ContentEntityInterface $saved): void {
    // A nested save that failed has left itself behind.
    $at = array_search($saved, $this->saving, TRUE);
    $this->saving = $at === FALSE ? $this->saving : array_slice($this->saving, 0, (int) $at);
  }

  /**
   * The content whose save goes on; a save that failed is over.
   */
  private function saved(): ?ContentEntityInterface {
    if (!$this->database->inTransaction()) {
      $this->saving = [];
    }
    return $this->saving === [] ? NULL : $this->saving[array_key_last($this->saving)];
  }

  /**
   * Whether listeners are being told that the agent's work was published.
   */
  private function isPublished(Agent $agent): bool {
    return $this->published !== [] && in_array($agent->id(), $this->published[array_key_last($this->published)], TRUE);
  }

  /**
   * Tells listeners of a run: what they start comes from it.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param callable $work
   *   Tells them.
   * @param string[] $published
   *   Ids of the agents whose work was published, if that is what is told.
   */
  public function whileTelling(Run $run, callable $work, array $published = []): void {
    $this->told[] = $run;
    $this->published[] = $published;
    try {
      $work();
    }
    finally {
      array_pop($this->told);
      array_pop($this->published);
    }
  }

}
