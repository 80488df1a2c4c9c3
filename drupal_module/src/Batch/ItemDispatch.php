<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Dispatch\ContentReference;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Run\RunCommands;
use Drupal\background_agents\Run\RunStore;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\user\UserInterface;

/**
 * Makes the run of an item, and notes it with the item: both, or neither.
 *
 * @internal
 */
final class ItemDispatch {

  // Why an item gets no run.
  public const string GONE = 'content_gone';
  public const string ACCESS = 'content_access';
  public const string KIND = 'content_kind';

  public function __construct(
    private readonly Dispatcher $dispatcher,
    private readonly ItemStore $items,
    private readonly ItemContent $content,
    private readonly RunStore $runs,
    private readonly RunCommands $commands,
  ) {}

  /**
   * Lets an item in.
   *
   * @param \Drupal\background_agents\Batch\Batch $batch
   *   The batch.
   * @param \Drupal\background_agents\Batch\BatchItem $item
   *   An item that is to be let in.
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent of the batch.
   * @param \Drupal\user\UserInterface $person
   *   Who asked for the batch.
   *
   * @return bool
   *   FALSE when no run was made: the item is refused, or another process was
   *   first.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   When no item of the batch could be let in now.
   */
  public function letIn(Batch $batch, BatchItem $item, Agent $agent, UserInterface $person): bool {
    if ($item->state === ItemState::Again) {
      return $this->retry($batch, $item);
    }
    $content = $this->content->of($item);
    $why = $content === NULL ? self::GONE : $this->refusal($content, $agent, $person);
    if ($content === NULL || $why !== NULL) {
      $this->items->change($batch->id, $item, ItemState::Waiting, ItemState::Refused, ['reason' => $why]);
      return FALSE;
    }
    $request = new DispatchRequest(
      agent: $batch->agent,
      triggerType: $batch->door,
      input: $batch->input,
      requester: (int) $person->id(),
      entity: ContentReference::of($content),
      batch: $batch->id,
      via: $batch->via,
    );
    try {
      $this->dispatcher->dispatchWith($request, fn (Run $run) => $this->items->start($batch->id, $item, $run->uuid()));
    }
    catch (AlreadyLetIn) {
      return FALSE;
    }
    return TRUE;
  }

  /**
   * Why an agent cannot work on an item for a person; NULL: it can.
   */
  private function refusal(ContentEntityInterface $content, Agent $agent, UserInterface $person): ?string {
    $operations = $agent->getContent()[$content->getEntityTypeId()][$content->bundle()] ?? [];
    return match (TRUE) {
      $operations === [], !$agent->mayWriteLanguage($content->language()->getId()) => self::KIND,
      !$content->access('view', $person) => self::ACCESS,
      default => NULL,
    };
  }

  /**
   * Has the failed run of an item retried, once for each time it was asked for.
   */
  private function retry(Batch $batch, BatchItem $item): bool {
    $run = $item->run === NULL ? NULL : $this->runs->byUuid($item->run);
    try {
      // Nobody asks for it any more, when the person was erased.
      if ($run !== NULL && $batch->retriedBy !== NULL) {
        $this->commands->give($run, 'retry', $batch->retriedBy, ['id' => "batch-$batch->id-$batch->retries"]);
      }
    }
    catch (ProblemException $problem) {
      // A person has retried it meanwhile.
      if ($problem->problem->code !== 'not_ended') {
        throw $problem;
      }
    }
    $this->items->change($batch->id, $item, ItemState::Again, ItemState::Started);
    return $run !== NULL;
  }

}
