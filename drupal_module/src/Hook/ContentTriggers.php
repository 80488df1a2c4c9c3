<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Dispatch\ContentReference;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Dispatch\Origin;
use Drupal\background_agents\Dispatch\RunLimits;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Trigger\ChangedFields;
use Drupal\background_agents\Trigger\SaveFacts;
use Drupal\background_agents\Trigger\TriggerInput;
use Drupal\background_agents\Trigger\TriggerLog;
use Drupal\background_agents\Trigger\TriggerMatch;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
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
    private readonly TriggerLog $log,
    private readonly TriggerMatch $match,
    private readonly ChangedFields $changed,
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
    $fields = $entity instanceof ContentEntityInterface && $operation !== 'delete' ? $this->changed->take($entity) : NULL;
    if (!$entity instanceof ContentEntityInterface || $entity->isSyncing() || str_starts_with($entity->getEntityTypeId(), 'background_agents_')) {
      return;
    }
    if ($this->workspaceManager?->hasActiveWorkspace()) {
      return;
    }
    foreach ($this->match->triggersOf($entity) as $trigger) {
      if (!$this->match->fits($trigger, $entity, $operation)) {
        continue;
      }
      $facts = $this->match->facts($trigger, $entity, $operation, $fields);
      // Saves that are waited for may start the agent together.
      if ($facts === NULL || $facts->startAlone() || $trigger->getDebounce() > 0) {
        $this->note($trigger, $entity, $operation, $facts);
      }
    }
  }

  private function note(Trigger $trigger, ContentEntityInterface $entity, string $operation, ?SaveFacts $facts): void {
    $agent = Agent::load($trigger->getAgentId());
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
      entity: ContentReference::of($entity),
      operation: $operation,
      parent: $parent?->uuid(),
      depth: $depth,
    );
    $fold = implode(':', [$trigger->id(), $entity->getEntityTypeId(), $entity->uuid(), $entity->language()->getId()]);
    $this->log->appendInSave($request, $fold, $trigger->getDebounce(), $facts, function () use ($agent, $entity, $facts): void {
      if ($facts?->startAlone() ?? TRUE) {
        $this->origin->started($agent, $entity);
      }
    });
  }

}
