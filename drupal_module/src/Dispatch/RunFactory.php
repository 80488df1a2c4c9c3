<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Agent\AccountProvider;
use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\background_agents\Sidecar\OutboxRow;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Makes a run with its job: both in one transaction, or neither.
 *
 * @internal
 */
final class RunFactory {

  public function __construct(
    private readonly Transactions $transactions,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly TimeInterface $time,
    private readonly Outbox $outbox,
    private readonly RunData $data,
    private readonly JobBuilder $jobs,
    private readonly SiteSecrets $secrets,
    private readonly AccountProvider $accounts,
  ) {}

  /**
   * Makes a queued run and puts its job into the outbox, unless it is delayed.
   *
   * @param \Drupal\background_agents\Dispatch\DispatchRequest $request
   *   A request that was checked.
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent as it is now: the job gets a snapshot.
   * @param callable(\Drupal\background_agents\Entity\Run): void|null $within
   *   More to do in the same transaction.
   */
  public function create(DispatchRequest $request, Agent $agent, ?callable $within = NULL): MadeRun {
    $snapshot = $this->jobs->snapshot($agent, $request->limits);
    $account = $this->accountOf($agent);
    return $this->transactions->run(function () use ($request, $agent, $account, $snapshot, $within): MadeRun {
      $run = $this->save($request, [
        'agent_label' => $agent->label(),
        'agent_hash' => $snapshot['hash'],
        'agent_version' => $snapshot['version'],
        'account' => $account,
        'state' => RunState::Queued->value,
      ] + ($request->delay > 0 ? ['due' => $this->time->getCurrentTime() + $request->delay] : []));
      $row = $request->delay > 0 ? NULL : $this->insertJob($run, $request, $snapshot);
      if ($within !== NULL) {
        $within($run);
      }
      return new MadeRun($run, $row);
    });
  }

  private function insertJob(Run $run, DispatchRequest $request, array $snapshot): OutboxRow {
    $job = $this->jobs->build($run, $snapshot, $this->secrets->redact($request->input), $request->items);
    return $this->outbox->insert($run->uuid(), 0, 1, $job);
  }

  /**
   * Makes a run that failed before it began, so that somebody sees why.
   */
  public function createFailed(DispatchRequest $request, ?Agent $agent, DispatchRefused $refused, ?callable $within = NULL): Run {
    $account = $agent === NULL ? NULL : $this->accountOf($agent);
    return $this->transactions->run(function () use ($request, $agent, $account, $refused, $within): Run {
      $run = $this->save($request, [
        'agent_label' => $agent?->label() ?? $request->agent,
        'account' => $account,
        'state' => RunState::Failed->value,
        'reason' => $refused->reason(),
        'message' => $refused->problem->detail,
        'finished' => $this->time->getCurrentTime(),
      ]);
      if ($within !== NULL) {
        $within($run);
      }
      return $run;
    });
  }

  /**
   * Puts an ended run into the outbox again, as a new generation.
   *
   * Call it in a transaction that holds the lock of the run's row.
   *
   * @param array<string, mixed> $more
   *   More members of the job: from_step and checkpoints. With the mysql
   *   transport the sidecar takes the job from the outbox as it is there.
   */
  public function requeue(Run $run, Agent $agent, int $generation, array $more = []): OutboxRow {
    $data = $this->data->read((int) $run->id());
    $items = array_map(static fn (\stdClass $item): array => (array) $item, $data['items'] ?? []);
    $job = $this->jobs->build($run, $this->jobs->snapshot($agent), $data['input'] ?? new \stdClass(), $items);
    return $this->outbox->insert($run->uuid(), $run->getAttempt(), $generation, $more + ['generation' => $generation] + $job);
  }

  /**
   * UUID of the account that runs of an agent act as on this site.
   *
   * Not to be called in a transaction: the account may have to be made.
   */
  public function accountOf(Agent $agent): ?string {
    return $this->accounts->provide($agent)?->uuid();
  }

  private function save(DispatchRequest $request, array $values): Run {
    $entity = $request->entity ?? [];
    $now = $this->time->getCurrentTime();
    $run = $this->entityTypeManager->getStorage('background_agents_run')->create($values + array_filter([
      'uuid' => $request->run,
      'agent' => $request->agent,
      'uid' => $request->requester,
      'parent' => $request->parent,
      'batch' => $request->batch,
      'depth' => $request->depth,
      'dedupe' => $request->keyHash(),
      'dry_run' => $request->dryRun,
      'priority' => $request->priority,
      'trigger_type' => $request->triggerType,
      'trigger_id' => $request->triggerId,
      'operation' => $request->operation,
      'via_means' => $request->via?->means,
      'via_key' => $request->via?->key,
      'via_name' => $request->via?->name,
      'target_type' => $entity['entity_type'] ?? NULL,
      'target_bundle' => $entity['bundle'] ?? NULL,
      'target_uuid' => $entity['uuid'] ?? NULL,
      'target_id' => $entity['id'] ?? NULL,
      'target_revision' => $entity['revision'] ?? NULL,
      'target_langcode' => $entity['langcode'] ?? NULL,
      'target_label' => isset($entity['label']) ? mb_substr($entity['label'], 0, 255) : NULL,
      'created' => $now,
      // Silence is counted from when it begins.
      'updated' => $now + $request->delay,
    ], static fn (mixed $value): bool => $value !== NULL));
    assert($run instanceof Run);
    $run->save();
    $this->data->insert((int) $run->id(), $this->secrets->redact($request->input), $request->items);
    return $run;
  }

}
