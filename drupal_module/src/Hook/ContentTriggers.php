<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Dispatch\Origin;
use Drupal\background_agents\Dispatch\RunLimits;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Trigger\TriggerInput;
use Drupal\background_agents\Trigger\TriggerLog;
use Drupal\background_agents\Trigger\TriggerMatch;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Session\AccountInterface;
use Drupal\workspaces\WorkspaceManagerInterface;

/**
 * Notes content changes that start agents, in the editor's own transaction.
 *
 * @internal
 */
final class ContentTriggers {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly TriggerLog $log,
    private readonly TriggerMatch $match,
    private readonly TriggerInput $input,
    private readonly RunLimits $limits,
    private readonly Origin $origin,
    private readonly AccountInterface $currentUser,
    private readonly ?WorkspaceManagerInterface $workspaceManager = NULL,
  ) {}

  /**
   * Implements hook_entity_insert().
   */
  #[Hook('entity_insert')]
  public function insert(EntityInterface $entity): void {
    $this->changed($entity, 'insert');
  }

  /**
   * Implements hook_entity_update().
   */
  #[Hook('entity_update')]
  public function update(EntityInterface $entity): void {
    $this->changed($entity, 'update');
  }

  /**
   * Implements hook_entity_delete().
   */
  #[Hook('entity_delete')]
  public function delete(EntityInterface $entity): void {
    $this->changed($entity, 'delete');
  }

  private function changed(EntityInterface $entity, string $operation): void {
    if (!$entity instanceof ContentEntityInterface || $entity->isSyncing() || str_starts_with($entity->getEntityTypeId(), 'background_agents_')) {
      return;
    }
    if ($this->workspaceManager?->hasActiveWorkspace()) {
      return;
    }
    $triggers = $this->entityTypeManager->getStorage('background_agents_trigger')->loadByProperties([
      'type' => 'content',
      'status' => TRUE,
    ]);
    foreach ($triggers as $trigger) {
      assert($trigger instanceof Trigger);
      if ($this->match->fits($trigger, $entity, $operation)) {
        $this->note($trigger, $entity, $operation);
      }
    }
  }

  private function note(Trigger $trigger, ContentEntityInterface $entity, string $operation): void {
    $agent = $this->entityTypeManager->getStorage('background_agents_agent')->load($trigger->getAgentId());
    if (!$agent instanceof Agent || !$agent->status()) {
      return;
    }
    $parent = $this->origin->parent();
    $depth = $parent === NULL ? 0 : $parent->getDepth() + 1;
    if ($this->origin->isAtWork($agent) || $depth > $this->limits->maxDepth($agent)) {
      return;
    }
    if (!$this->origin->mayStart($agent, $entity)) {
      return;
    }
    $request = new DispatchRequest(
      agent: (string) $agent->id(),
      triggerType: 'content',
      // Deleted content cannot be read later.
      input: $operation === 'delete' ? $this->input->values($trigger, $entity) : new \stdClass(),
      triggerId: (string) $trigger->id(),
      requester: $this->currentUser->isAnonymous() || PHP_SAPI === 'cli' ? NULL : (int) $this->currentUser->id(),
      entity: self::reference($entity),
      operation: $operation,
      parent: $parent?->uuid(),
      depth: $depth,
    );
    $fold = implode(':', [$trigger->id(), $entity->getEntityTypeId(), $entity->uuid(), $entity->language()->getId()]);
    $this->log->appendInSave($request, $fold, $trigger->getDebounce(), fn () => $this->origin->started($agent, $entity));
  }

  /**
   * The content as it stands in a job's trigger.
   */
  private static function reference(ContentEntityInterface $entity): array {
    $reference = [
      'entity_type' => $entity->getEntityTypeId(),
      'bundle' => $entity->bundle(),
      'uuid' => $entity->uuid(),
      'id' => (string) $entity->id(),
      'langcode' => $entity->language()->getId(),
      'label' => mb_substr((string) $entity->label(), 0, 255),
    ];
    $revision = $entity instanceof RevisionableInterface ? (int) $entity->getRevisionId() : 0;
    return $reference + ($revision > 0 ? ['revision' => $revision] : []);
  }

}
