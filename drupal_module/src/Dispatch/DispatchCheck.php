<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Access\OwnAccess;
use Drupal\background_agents\Contract\Numbers;
use Drupal\background_agents\Contract\SchemaValidator;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\StopSwitch;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\Sql\SqlEntityStorageInterface;
use Drupal\workspaces\WorkspaceManagerInterface;

/**
 * Whether an agent may run now. Each refusal says what to do.
 *
 * @internal
 */
final class DispatchCheck {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly StopSwitch $stopSwitch,
    private readonly QueueRoom $room,
    private readonly RunLimits $limits,
    private readonly AccountCheck $account,
    private readonly OwnAccess $ownAccess,
    private readonly ?WorkspaceManagerInterface $workspaceManager = NULL,
  ) {}

  /**
   * Checks what can be checked at the door, before anything is stored.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   */
  public function atTheDoor(DispatchRequest $request): Agent {
    if ($this->stopSwitch->isStopped()) {
      throw DispatchRefused::of(403, 'site_stopped', 'Agents are stopped', 'All agents of this site are stopped. An administrator can start them again.');
    }
    if ($this->workspaceManager?->hasActiveWorkspace()) {
      throw DispatchRefused::of(409, 'workspace', 'A workspace is active', 'Agents cannot be run from within a workspace. Switch to the live site.');
    }
    $agent = $this->agent($request);
    // Before anything that is told of the agent.
    $this->permission($request, $agent);
    $this->refuseIdle($request, $agent);
    $this->columns($request);
    $pointer = Numbers::notFinite($request->input);
    if ($pointer !== NULL) {
      throw DispatchRefused::of(422, 'input_invalid', 'The input cannot be stored', "The number at \"$pointer\" of the input is too large.", [
        ['pointer' => "/input$pointer", 'detail' => 'This number is too large to be stored.'],
      ]);
    }
    return $agent;
  }

  /**
   * Checks everything else, when the run is made.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   */
  public function beforeTheRun(DispatchRequest $request, Agent $agent): void {
    $this->depth($request, $agent);
    $this->account->refuseUnfit($agent);
    $this->input($request, $agent);
    if ($this->room->isFull($request)) {
      throw DispatchRefused::of(503, 'queue_full', 'Too many runs', 'Too many runs of this site have not ended. Try again later.', [], ['retry_after' => 300]);
    }
  }

  private function agent(DispatchRequest $request): Agent {
    $id = $request->agent;
    $agent = $this->entityTypeManager->getStorage('background_agents_agent')->load($id);
    if (!$agent instanceof Agent && $request->needsPermission() && !$this->ownAccess->mayKnowAll((int) $request->requester)) {
      throw self::forbidden($id);
    }
    return $agent instanceof Agent ? $agent : throw DispatchRefused::of(404, 'agent_unknown', 'No such agent', "There is no agent \"$id\".");
  }

  /**
   * Refuses an agent that starts no runs now.
   */
  private function refuseIdle(DispatchRequest $request, Agent $agent): void {
    $id = $request->agent;
    // A builder tests an agent before it works: permission() says who may.
    if (!$agent->status() && !($request->dryRun && $request->isAskedFor())) {
      throw DispatchRefused::of(409, 'agent_disabled', 'The agent is disabled', "The agent \"$id\" is disabled. An administrator can enable it.");
    }
    $problems = $agent->aiAgentProblems();
    if ($problems !== []) {
      throw DispatchRefused::of(409, 'ai_agent_unfit', 'The AI agent cannot be run here', implode(' ', $problems));
    }
  }

  private function permission(DispatchRequest $request, Agent $agent): void {
    if (!$request->needsPermission()) {
      return;
    }
    $may = $request->dryRun ? $this->ownAccess->mayTest($agent, $request->requester) : $this->ownAccess->mayRun($agent, $request->requester);
    if (!$may && $request->dryRun && !$agent->status() && $this->ownAccess->mayRun($agent, $request->requester)) {
      throw DispatchRefused::of(409, 'agent_disabled', 'The agent is disabled', "The agent \"{$agent->id()}\" is disabled. Who administers agents may test it.");
    }
    if (!$may) {
      throw self::forbidden((string) $agent->id());
    }
  }

  /**
   * One answer for an agent that somebody may not run, and for none.
   *
   * Only who may run all agents is told that there is none with this name.
   */
  private static function forbidden(string $agent): DispatchRefused {
    return DispatchRefused::of(403, 'forbidden', 'Not allowed', "There is no agent \"$agent\" that you may run. To run it, the permission \"run $agent background agent\" is needed.");
  }

  /**
   * Refuses what a run could not be marked as: a test run would save drafts.
   *
   * Between new code and its updates, storage leaves out fields without a word.
   */
  private function columns(DispatchRequest $request): void {
    $needed = array_keys(array_filter([
      'dry_run' => $request->dryRun,
      'batch' => $request->batch !== NULL,
      'due' => $request->delay > 0,
      'priority' => $request->priority !== 0,
    ]));
    if ($needed === []) {
      return;
    }
    $storage = $this->entityTypeManager->getStorage('background_agents_run');
    assert($storage instanceof SqlEntityStorageInterface);
    if (array_diff($needed, $storage->getTableMapping()->getFieldNames('background_agents_run')) !== []) {
      throw DispatchRefused::of(503, 'update_pending', 'The database is not up to date', 'The updates of this site have not been run since the module was updated. Ask an administrator to run them.');
    }
  }

  /**
   * Checks that agents do not start agents too deeply.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   */
  public function depth(DispatchRequest $request, Agent $agent): void {
    if ($request->depth > $this->limits->maxDepth($agent)) {
      throw DispatchRefused::of(409, 'depth', 'Agents start agents too deeply', "The agent \"{$agent->id()}\" may be started by agents down to depth {$this->limits->maxDepth($agent)} only.");
    }
  }

  private function input(DispatchRequest $request, Agent $agent): void {
    try {
      $schema = $agent->getInputSchema();
      $errors = $schema === NULL ? [] : SchemaValidator::validateForeign($request->input, $schema);
    }
    catch (\UnexpectedValueException | \JsonException | \TypeError $error) {
      throw DispatchRefused::of(409, 'input_schema_invalid', 'The input schema cannot be used', "Correct the input schema of the agent \"{$agent->id()}\": {$error->getMessage()}");
    }
    if ($errors !== []) {
      $first = ($errors[0]['pointer'] ?: 'The input') . ': ' . $errors[0]['detail'];
      throw DispatchRefused::of(422, 'input_invalid', 'The input does not fit', "The input does not fit the input schema of the agent \"{$agent->id()}\". $first", array_map(static fn (array $error): array => [
        'pointer' => '/input' . $error['pointer'],
        'detail' => $error['detail'],
      ], $errors));
    }
  }

}
