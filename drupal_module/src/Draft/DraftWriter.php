<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\ChangeSavedEvent;
use Drupal\background_agents\Guard\GuardedWork;
use Drupal\background_agents\Http\ProblemException;
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
    private readonly AttemptFence $fence,
    private readonly EffectStore $effects,
    private readonly DraftLimits $limits,
    private readonly DraftBuilder $builder,
    private readonly DraftTransaction $transaction,
    private readonly GuardedWork $work,
    private readonly FailureTranslator $failures,
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
    [$answer, $change] = $this->transaction->store($request, $run, $draft);
    if (!$change->isDryRun()) {
      $this->tell(new ChangeSavedEvent($change, $run));
    }
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

}
