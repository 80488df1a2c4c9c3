<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Dispatch\Inheritance;
use Drupal\background_agents\Dispatch\RunLimits;
use Drupal\background_agents\Dispatch\Via;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Shows runs and changes as the documents of the contracts.
 *
 * @internal
 */
final class RunDocument {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly RunData $data,
    private readonly CommandQueue $commands,
    private readonly RunTree $tree,
    private readonly RunLimits $limits,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * The `run` document.
   */
  public function run(Run $run): array {
    $data = $this->data->read((int) $run->id());
    return $this->summary($run) + [
      'input' => $data['input'] ?? new \stdClass(),
      'output' => $data['output'],
      'waiting' => $data['waiting'],
      'pending_command' => $this->commands->pendingCommand((int) $run->id()),
      'changes' => array_map($this->change(...), $this->changes($run)),
    ] + $this->family($run);
  }

  /**
   * The runs that it started, and what another run allotted to it.
   */
  private function family(Run $run): array {
    $below = $this->tree->below($run->uuid());
    $allotted = $run->getTriggerType() === 'agent' && !$run->isFinal() ? array_intersect_key($this->limits->of($run), array_flip(Inheritance::SHARED)) : [];
    $visible = $this->tree->visible($below, $this->currentUser);
    return array_filter([
      'children' => array_map(static fn (StartedRun $child): array => [
        'uuid' => $child->uuid,
        'agent' => $child->agent,
        'agent_label' => $child->label,
        'state' => $child->state->value,
        'waits' => $child->isAwaited,
      ], array_values(array_filter($visible, static fn (StartedRun $child): bool => $child->level === 1))),
      'usage_with_started' => $below === [] ? NULL : RunTree::usage($run, $below),
      'allotted' => $allotted,
    ]);
  }

  /**
   * The `run` document without input, output and changes.
   */
  public function summary(Run $run): array {
    $requester = $run->getRequester();
    return [
      'uuid' => $run->uuid(),
      'site' => $this->configFactory->get('background_agents.settings')->get('site_id'),
      'agent' => $run->getAgentId(),
      'agent_label' => $run->getAgentLabel(),
      'state' => $run->getState()->value,
      'waiting_for' => $run->getWaitingFor(),
      'reason' => $run->getReason(),
      'message' => $run->getMessage(),
      'trigger' => array_filter([
        'type' => $run->getTriggerType(),
        'id' => $run->getTriggerId(),
        'entity' => $run->getTarget(),
        'operation' => $run->getOperation(),
      ]),
      'requester' => $requester === NULL ? NULL : ['uuid' => $requester->uuid(), 'name' => $requester->getAccountName()],
      'via' => self::means($run->getTriggerType(), Via::of($run)),
      'account' => $run->getAccountUuid() ?: NULL,
      'attempt' => $run->getAttempt(),
      'generation' => $run->getGeneration(),
      'parent' => $run->getParentUuid(),
      'batch' => $run->getBatch(),
      'depth' => $run->getDepth(),
      'created' => Json::time($run->getCreatedTime()),
      'priority' => $run->getPriority(),
      'due' => $run->getDueTime() === NULL ? NULL : Json::time($run->getDueTime()),
      'started' => $run->getStartedTime() === NULL ? NULL : Json::time($run->getStartedTime()),
      'finished' => $run->getFinishedTime() === NULL ? NULL : Json::time($run->getFinishedTime()),
      'last_seq' => $run->getLastSeq(),
      'usage' => $run->getUsage(),
      'url' => $run->toUrl('canonical', ['absolute' => TRUE])->toString(TRUE)->getGeneratedUrl(),
    ] + ($run->isDryRun() ? ['dry_run' => TRUE] : []);
  }

  /**
   * By which door and means something was asked for, as documents tell it.
   *
   * @return array<string, string|null>|null
   *   NULL: nobody asked, or it is not known.
   */
  public static function means(string $door, ?Via $via): ?array {
    return $via === NULL ? NULL : [
      'door' => $door,
      'means' => $via->means,
      'key' => $via->key === NULL ? NULL : (string) $via->name,
      'client' => $via->key === NULL ? $via->name : NULL,
    ];
  }

  /**
   * The changes of a run, oldest first.
   *
   * @return \Drupal\background_agents\Entity\Change[]
   */
  public function changes(Run $run): array {
    $storage = $this->entityTypeManager->getStorage('background_agents_change');
    $ids = $storage->getQuery()->accessCheck(FALSE)->condition('run', $run->id())->sort('id')->execute();
    return array_values($storage->loadMultiple($ids));
  }

  /**
   * The `change` document.
   */
  public function change(Change $change): array {
    $by = $change->getDecidedBy();
    return [
      'uuid' => $change->uuid(),
      'run' => $change->getRun()?->uuid(),
      'agent' => $change->getAgentId(),
      'entity_type' => $change->getTargetEntityTypeId(),
      'bundle' => $change->getTargetBundle(),
      'entity' => $change->getTargetUuid(),
      'entity_id' => $change->getTargetId(),
      'label' => $change->getTargetLabel(),
      'operation' => $change->getOperation(),
      'base_revision' => $change->getBaseRevisionId(),
      'summary' => $change->getSummary(),
      'generation' => $change->getGeneration(),
      'round' => $change->getRound(),
      'status' => $change->getStatus(),
      'decided_by' => $by === NULL ? NULL : ['uuid' => $by->uuid(), 'name' => $by->getAccountName()],
      'created' => Json::time($change->getCreatedTime()),
    ] + array_filter([
      'revision' => $change->getTargetRevisionId(),
      'langcode' => $change->getTargetLangcode(),
      'moderation_state' => $change->getModerationState(),
      'key' => $change->getEffectKey(),
      'answers' => $change->getAnswered()?->uuid(),
    ]);
  }

}
