<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\ReviewDocument;
use Drupal\background_agents\Run\CheckpointStore;
use Drupal\background_agents\Run\CommandQueue;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Sidecar\OutboxRow;
use Drupal\background_agents\Sidecar\SiteAddresses;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Makes the job: the envelope that carries a run to the sidecar.
 *
 * @internal
 */
final class JobBuilder {

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly RunData $data,
    private readonly CheckpointStore $checkpoints,
    private readonly CommandQueue $commands,
    private readonly AgentSnapshot $snapshot,
    private readonly SiteAddresses $addresses,
    private readonly ReviewDocument $review,
  ) {}

  /**
   * The `agent` document of a job, with its version and the limits that hold.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param array<string, int> $most
   *   Limits that the run was handed down, by name.
   */
  public function snapshot(Agent $agent, array $most = []): array {
    return $this->snapshot->of($agent, $most);
  }

  /**
   * The job as it is stored at dispatch: without attempt.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param array $snapshot
   *   The `agent` document.
   * @param \stdClass $input
   *   The input.
   * @param array[] $items
   *   Content items, when the run stands for many.
   */
  public function build(Run $run, array $snapshot, \stdClass $input, array $items): array {
    $requester = $run->getRequester();
    return [
      'run' => $run->uuid(),
      'site' => $this->configFactory->get('background_agents.settings')->get('site_id'),
      'generation' => $run->getGeneration(),
      'created' => Json::time($run->getCreatedTime()),
      'trigger' => array_filter([
        'type' => $run->getTriggerType(),
        'id' => $run->getTriggerId(),
        'entity' => $run->getTarget(),
        'operation' => $run->getOperation(),
        'items' => $items ?: NULL,
      ], static fn (mixed $value): bool => $value !== NULL),
      'addresses' => $this->addresses->document(),
      'agent' => $snapshot,
      'account' => $run->getAccountUuid(),
      'input' => $input,
      'requester' => $requester === NULL ? NULL : ['uuid' => $requester->uuid(), 'name' => $requester->getAccountName()],
      'parent' => $run->getParentUuid(),
      'depth' => $run->getDepth(),
      'last_seq' => $run->getLastSeq(),
    ] + ($run->isDryRun() ? ['dry_run' => TRUE] : []) + ($run->getPriority() === 0 ? [] : ['priority' => $run->getPriority()]) + $this->review->of($run);
  }

  /**
   * The job as it is handed out, with what a returning run needs.
   *
   * @param \Drupal\background_agents\Sidecar\OutboxRow $row
   *   The row of the outbox.
   * @param int $attempt
   *   The attempt that the claim gave.
   *
   * @throws \Drupal\background_agents\Dispatch\JobUnusable
   *   When no job can be made of it.
   */
  public function handOut(OutboxRow $row, int $attempt): \stdClass {
    if ($row->job !== NULL && $attempt === 1) {
      // Built in this request, and nobody had it before: it is as it was built.
      return (object) ($row->job + ['attempt' => $attempt]);
    }
    $runs = $this->entityTypeManager->getStorage('background_agents_run')->loadByProperties(['uuid' => $row->run]);
    $run = reset($runs);
    if (!$run instanceof Run) {
      throw new JobUnusable('The run was deleted.');
    }
    $job = $row->document();
    if ($job === NULL) {
      throw new JobUnusable('The stored job of the run cannot be read. Retry the run, or start it anew.');
    }
    $job->attempt = $attempt;
    $job->generation = $run->getGeneration();
    $job->last_seq = $run->getLastSeq();
    $job->addresses = $this->addresses->document();
    if ($attempt > 1 || $run->getLastSeq() > 0) {
      try {
        $this->addReturn($job, $run);
      }
      catch (\JsonException $error) {
        throw new JobUnusable('What is stored of the waiting run cannot be read. Retry the run.', 0, $error);
      }
    }
    return $job;
  }

  private function addReturn(\stdClass $job, Run $run): void {
    $id = (int) $run->id();
    $job->usage = $run->getUsage();
    $job->started = $run->getStartedTime() === NULL ? NULL : Json::time($run->getStartedTime());
    $job->checkpoints = $this->checkpoints->all($id, $run->getGeneration());
    $job->waiting = $run->getState() === RunState::Waiting ? $this->data->read($id)['waiting'] : NULL;
    $job->answers = $this->commands->answers($id, $run->getGeneration());
    $job->paused = $this->commands->isPaused($run);
  }

}
