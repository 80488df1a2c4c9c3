<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Database\LockTimeout;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Guard\GuardedWork;
use Drupal\background_agents\Run\CheckpointStore;

/**
 * Stores a draft with all that belongs to it, or nothing.
 *
 * One short transaction holds idempotency record, draft, change, checkpoint and
 * answer.
 *
 * @internal
 */
final class DraftTransaction {

  public function __construct(
    private readonly LockTimeout $lockTimeout,
    private readonly GuardedWork $work,
    private readonly AttemptFence $fence,
    private readonly EffectStore $effects,
    private readonly DraftSave $save,
    private readonly CheckpointStore $checkpoints,
    private readonly DraftDocument $document,
  ) {}

  /**
   * Stores the draft.
   *
   * @return array{array<string, mixed>, \Drupal\background_agents\Entity\Change}
   *   The answer of the contract `draft`, and the change.
   */
  public function store(DraftRequest $request, Run $run, Draft $draft): array {
    return $this->lockTimeout->during(fn (): array => $this->work->inTransaction(fn (): array => $this->storeLocked($request, $run, $draft)));
  }

  /**
   * Stores the draft in the transaction, where the run is locked first.
   *
   * @return array{array<string, mixed>, \Drupal\background_agents\Entity\Change}
   *   The answer of the contract `draft`, and the change.
   */
  private function storeLocked(DraftRequest $request, Run $run, Draft $draft): array {
    $this->fence->enter($run, $request->attempt);
    $this->effects->take((int) $run->id(), $request);
    $change = $run->isDryRun() ? $this->save->rehearse($draft, $request, $run) : $this->save->save($draft, $request, $run);
    if ($request->checkpoint !== NULL) {
      $this->checkpoints->append((int) $run->id(), $request->generation, $request->checkpoint);
    }
    $answer = $this->document->of($request->key, $draft, $change);
    $this->effects->finish((int) $run->id(), $answer);
    return [$answer, $change];
  }

}
