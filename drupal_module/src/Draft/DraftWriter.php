<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Database\LockTimeout;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\ChangeSavedEvent;
use Drupal\background_agents\Guard\GuardedWork;
use Drupal\background_agents\Guard\GuardException;
use Drupal\background_agents\Guard\LatestRevision;
use Drupal\background_agents\Guard\SaveGuard;
use Drupal\background_agents\Guard\SavePlan;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Run\CheckpointStore;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Psr\EventDispatcher\EventDispatcherInterface;

/**
 * Leaves drafts: once per key, on top of the revision that the agent read.
 *
 * Parsing, access, building and validation come first; then one short
 * transaction holds idempotency record, draft, change, checkpoint and answer.
 *
 * @internal
 */
final class DraftWriter {

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AttemptFence $fence,
    private readonly EffectStore $effects,
    private readonly DraftLimits $limits,
    private readonly DraftBuilder $builder,
    private readonly SaveGuard $guard,
    private readonly LatestRevision $latest,
    private readonly ConcurrentRevision $concurrent,
    private readonly ChangeLog $changes,
    private readonly CheckpointStore $checkpoints,
    private readonly LockTimeout $lockTimeout,
    private readonly DraftDocument $document,
    private readonly GuardedWork $work,
    private readonly FailureTranslator $failures,
    private readonly SaveGate $gate,
    private readonly EventDispatcherInterface $events,
  ) {}

  /**
   * Writes the draft, or answers what was written under its key before.
   *
   * Call it inside the run's context, as the run's account.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   As in docs/reference/protocol.md, `drafts`.
   */
  public function write(DraftRequest $request, Run $run): DraftAnswer {
    $this->refuseOtherRun($request, $run);
    $this->fence->check($run, $request->attempt);
    $stored = $this->effects->answer((int) $run->id(), $request->key, $request->hash);
    if ($stored !== NULL) {
      $this->fence->pass($run, $request->attempt);
      return $stored;
    }
    $draft = NULL;
    try {
      return $this->work->keepingAccount(function () use ($request, $run, &$draft): DraftAnswer {
        $this->limits->check($run);
        $draft = $this->builder->build($request, $run);
        return $this->writeNew($request, $run, $draft);
      });
    }
    catch (\Throwable $exception) {
      return $this->storedDespite($exception, $request, $run) ?? throw $this->failures->translate($exception, $draft);
    }
  }

  /**
   * The stored answer, when the failure came after it or because of it.
   *
   * The same request may have won the race for the key; and what a subscriber
   * throws after the commit does not undo the draft.
   */
  private function storedDespite(\Throwable $exception, DraftRequest $request, Run $run): ?DraftAnswer {
    if ($exception instanceof ProblemException || !FailureTranslator::mayBeStored($exception)) {
      return NULL;
    }
    return $this->effects->answer((int) $run->id(), $request->key, $request->hash);
  }

  private function refuseOtherRun(DraftRequest $request, Run $run): void {
    if ($request->run !== $run->uuid() || $request->generation !== $run->getGeneration()) {
      throw ProblemException::of(403, 'forbidden', 'The token is another run\'s', 'Send the request with the token of the run and generation that it names.');
    }
  }

  private function writeNew(DraftRequest $request, Run $run, Draft $draft): DraftAnswer {
    [$answer, $change] = $this->lockTimeout->during(fn (): array => $this->work->inTransaction(fn (): array => $this->store($request, $run, $draft)));
    $this->tell(new ChangeSavedEvent($change, $run));
    return new DraftAnswer($answer, FALSE);
  }

  /**
   * Tells others of the draft. It is stored, so their failures are their own.
   */
  private function tell(ChangeSavedEvent $event): void {
    try {
      $this->events->dispatch($event);
    }
    catch (\Throwable $exception) {
      $this->failures->log($exception);
    }
  }

  /**
   * Returns the answer of the contract `draft`, and the change.
   *
   * @return array{array<string, mixed>, \Drupal\background_agents\Entity\Change}
   *   The answer of the contract `draft`, and the change.
   */
  private function store(DraftRequest $request, Run $run, Draft $draft): array {
    $this->fence->enter($run, $request->attempt);
    $this->effects->take((int) $run->id(), $request);
    $this->lockAndCompare($draft);
    $this->gate->askAgain($draft, $run);
    $this->save($draft, $request, $run);
    $this->concurrent->refuse($draft);
    $change = $this->changes->record($run, $draft, $request->key, $request->summary);
    if ($request->checkpoint !== NULL) {
      $this->checkpoints->append((int) $run->id(), $request->generation, $request->checkpoint);
    }
    $answer = $this->document->of($request->key, $draft, $change);
    $this->effects->finish((int) $run->id(), $answer);
    return [$answer, $change];
  }

  /**
   * Locks the item's row; nothing may have come between reading and now.
   *
   * No plain SELECT comes before this in the transaction: in MySQL it would
   * fix a view of the data from before the lock.
   */
  private function lockAndCompare(Draft $draft): void {
    if ($draft->isCreation()) {
      return;
    }
    $entity = $draft->entity;
    $type = $entity->getEntityType();
    $this->database->select($type->getBaseTable(), 'b')
      ->fields('b', [$type->getKey('id')])
      ->condition($type->getKey('id'), $entity->id())
      ->forUpdate()
      ->execute()
      ->fetchField();
    $this->entityTypeManager->getStorage($type->id())->resetCache([$entity->id()]);
    $newest = $this->latest->idOf($type->id(), $entity->id(), $entity->language()->getId());
    if ($newest !== $draft->base || $this->latest->defaultIdOf($type->id(), $entity->id()) !== $draft->default) {
      throw GuardException::conflict('A newer revision exists. Read it and try again.', $newest);
    }
  }

  private function save(Draft $draft, DraftRequest $request, Run $run): void {
    $this->guard->save($draft->entity, new SavePlan(
      log: sprintf('Agent "%s", run %s: %s', $run->getAgentLabel(), $run->uuid(), $request->summary),
      publishAs: $draft->publishAs,
    ));
  }

}
