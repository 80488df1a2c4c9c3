<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Dispatch\Origin;
use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Event\DraftAcceptedEvent;
use Drupal\background_agents\Event\DraftDecidedEvent;
use Drupal\background_agents\Event\DraftRefusedEvent;
use Drupal\background_agents\Event\RunUndoneEvent;
use Drupal\background_agents\EventSubscriber\AfterResponse;
use Drupal\Core\DestructableInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Utility\Error;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;
use Symfony\Component\DependencyInjection\Attribute\AutowireServiceClosure;
use Symfony\Contracts\EventDispatcher\EventDispatcherInterface;

/**
 * Tells those who listen what people decided about agents' drafts.
 *
 * After the response, when each decision is committed: a listener that fails
 * does not undo it, and a slow one keeps nobody waiting.
 *
 * @internal
 */
final class DecisionListeners implements DestructableInterface {

  /**
   * What was decided by saves that may not be committed yet.
   *
   * @var array<int, array{status: string, revision: int, uid: ?int}>
   */
  private array $noted = [];

  /**
   * What is certain to have happened.
   *
   * @var array<\Drupal\background_agents\Event\DraftDecidedEvent|\Drupal\background_agents\Event\RunUndoneEvent>
   */
  private array $events = [];

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly Origin $origin,
    private readonly RevisionLineage $lineage,
    private readonly EventDispatcherInterface $eventDispatcher,
    #[AutowireServiceClosure(AfterResponse::class)]
    private readonly \Closure $afterResponse,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Notes a draft that was accepted or refused by the save that goes on.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft. One that is pending was published in part, and is what was
   *   not accepted.
   * @param int|null $uid
   *   Who decided.
   */
  public function note(Change $change, ?int $uid): void {
    $this->noted[(int) $change->id()] = [
      'status' => $change->getStatus(),
      'revision' => $change->getTargetRevisionId(),
      'uid' => $uid,
    ];
  }

  /**
   * Adds what was sent back, or undone. Call it after the commit.
   */
  public function add(DraftDecidedEvent|RunUndoneEvent $event): void {
    $this->events[] = $event;
  }

  /**
   * {@inheritdoc}
   */
  public function destruct(): void {
    $decided = array_filter(array_map($this->happened(...), array_keys($this->noted), $this->noted));
    $events = [...$decided, ...$this->events];
    $this->noted = $this->events = [];
    array_map($this->tell(...), $events);
    if ($events !== []) {
      // What listeners dispatched is made and sent.
      ($this->afterResponse)()->onTerminate();
    }
  }

  /**
   * The event of a decision; NULL: its save was rolled back.
   */
  private function happened(int $id, array $noted): ?DraftDecidedEvent {
    $change = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->loadUnchanged($id);
    $run = $change instanceof Change ? $change->getRun() : NULL;
    if ($run === NULL || $change->getStatus() !== $noted['status'] || $change->getTargetRevisionId() !== $noted['revision']) {
      return NULL;
    }
    return $noted['status'] === Change::REJECTED
      ? new DraftRefusedEvent($change, $run, $noted['uid'])
      : new DraftAcceptedEvent($change, $run, $noted['uid'], $change->isPending());
  }

  private function tell(DraftDecidedEvent|RunUndoneEvent $event): void {
    try {
      $this->origin->whileTelling($event->run, fn () => $this->eventDispatcher->dispatch($event), $this->live($event));
    }
    catch (\Throwable $error) {
      Error::logException($this->logger, $error);
    }
  }

  /**
   * The agents whose work visitors see now: no model starts them for it.
   *
   * @return string[]
   *   Ids of agents.
   */
  private function live(DraftDecidedEvent|RunUndoneEvent $event): array {
    $target = $event instanceof DraftAcceptedEvent ? $event->change->getTarget() : NULL;
    $langcode = $event instanceof DraftAcceptedEvent ? (string) $event->change->getTargetLangcode() : '';
    return $target instanceof ContentEntityInterface && $target->hasTranslation($langcode) ? $this->lineage->agentsOf($target->getTranslation($langcode)) : [];
  }

}
