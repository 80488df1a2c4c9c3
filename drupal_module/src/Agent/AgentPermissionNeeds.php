<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\content_moderation\ModerationInformationInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\workflows\StateInterface;
use Drupal\workflows\WorkflowInterface;

/**
 * The permissions that an agent's binding needs its account to have.
 *
 * Known for the entity types of core; for others Drupal's access decides at
 * run time, and nothing is said here.
 *
 * @internal
 */
final class AgentPermissionNeeds {

  /**
   * Permissions by entity type and operation; `%s` is the bundle.
   *
   * A list inside the list: one of them is enough.
   */
  private const array NEEDS = [
    'node' => [
      'read' => ['access content'],
      'create' => ['access content', 'create %s content'],
      'revise' => [
        'access content',
        ['edit any %s content', 'edit own %s content'],
        'view latest version',
        'view any unpublished content',
        ['view all revisions', 'view %s revisions'],
      ],
    ],
    'media' => [
      'read' => ['view media'],
      'create' => ['create %s media'],
      'revise' => [['edit any %s media', 'edit own %s media'], 'view latest version'],
    ],
    'taxonomy_term' => [
      'read' => ['access content'],
      'create' => ['create terms in %s'],
      'revise' => ['edit terms in %s'],
    ],
    'block_content' => [
      'create' => ['create %s block content'],
      'revise' => ['edit any %s block content'],
    ],
  ];

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ModerationInformationInterface $moderation,
  ) {}

  /**
   * Whether it is known which permissions content of an entity type asks for.
   */
  public static function knows(string $entityType): bool {
    return isset(self::NEEDS[$entityType]);
  }

  /**
   * The transitions to drafts in a workflow, which need not be saved yet.
   *
   * @param \Drupal\workflows\WorkflowInterface $workflow
   *   The workflow.
   * @param string[] $operations
   *   What is done with the content.
   *
   * @return list<string>
   *   A permission for each state to begin with; where there is none, no
   *   entry.
   */
  public function transitions(WorkflowInterface $workflow, array $operations): array {
    $names = array_map(fn (StateInterface $state): ?string => $this->draftTransitions($workflow, $state)[0] ?? NULL, $this->startStates($workflow, $operations));
    return array_values(array_unique(array_filter($names)));
  }

  /**
   * Whether a workflow lets content become a draft from each state.
   *
   * @param \Drupal\workflows\WorkflowInterface $workflow
   *   The workflow.
   * @param string[] $operations
   *   What is done with the content.
   */
  public function hasDrafts(WorkflowInterface $workflow, array $operations): bool {
    return array_filter($this->startStates($workflow, $operations), fn (StateInterface $state): bool => $this->draftTransitions($workflow, $state) === []) === [];
  }

  /**
   * The permissions that are missing for one bundle.
   *
   * @param string $entityType
   *   The entity type.
   * @param string $bundle
   *   The bundle.
   * @param string[] $operations
   *   What is done with the content.
   * @param string[] $has
   *   What the account has.
   *
   * @return list<list<string>>
   *   Of each list one permission is enough.
   */
  public function lacking(string $entityType, string $bundle, array $operations, array $has): array {
    $groups = $this->transitionNeeds($entityType, $bundle, $operations);
    foreach ($operations as $operation) {
      foreach (self::NEEDS[$entityType][$operation] ?? [] as $need) {
        $groups[] = array_map(static fn (string $name): string => sprintf($name, $bundle), (array) $need);
      }
    }
    return array_values(array_unique(array_filter($groups, static fn (array $names): bool => array_intersect($names, $has) === []), SORT_REGULAR));
  }

  /**
   * The states of a bundle's workflow from which no draft can be made.
   *
   * @param string $entityType
   *   The entity type.
   * @param string $bundle
   *   The bundle.
   * @param string[] $operations
   *   What is done with the content.
   *
   * @return string[]|null
   *   Labels of states; NULL: the bundle is in no workflow.
   */
  public function statesWithoutDraft(string $entityType, string $bundle, array $operations): ?array {
    $workflow = $this->moderation->getWorkflowForEntityTypeAndBundle($entityType, $bundle);
    if (!$workflow instanceof WorkflowInterface) {
      return NULL;
    }
    $stuck = array_filter($this->startStates($workflow, $operations), fn (StateInterface $state): bool => $this->draftTransitions($workflow, $state) === []);
    return array_values(array_unique(array_map(static fn (StateInterface $state): string => (string) $state->label(), $stuck)));
  }

  /**
   * Returns one sentence for each missing thing.
   *
   * @param string[] $permissions
   *   What the account has.
   *
   * @return string[]
   *   One sentence for each missing thing.
   */
  public function missing(Agent $agent, array $permissions): array {
    $missing = [];
    foreach ($agent->getContent() as $entityType => $bundles) {
      foreach ($bundles as $bundle => $operations) {
        $missing = array_merge($missing, $this->missingFor($agent, (string) $entityType, (string) $bundle, $operations, $permissions));
      }
    }
    return array_values(array_unique($missing));
  }

  /**
   * Permissions to give to a role, so that nothing is missing.
   *
   * Where one of several is enough, the first is taken unless one is there.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param string[] $has
   *   What the role has already.
   *
   * @return string[]
   *   Names of permissions.
   */
  public function needed(Agent $agent, array $has = []): array {
    $needed = [];
    foreach ($agent->getContent() as $entityType => $bundles) {
      foreach ($bundles as $bundle => $operations) {
        $groups = [];
        foreach ($operations as $operation) {
          $groups = array_merge($groups, array_map(static fn (string|array $need): array => array_map(static fn (string $name): string => sprintf($name, $bundle), (array) $need), self::NEEDS[$entityType][$operation] ?? []));
        }
        foreach (array_merge($groups, $this->transitionNeeds((string) $entityType, (string) $bundle, $operations)) as $names) {
          $needed[] = array_intersect($names, $has) === [] ? reset($names) : NULL;
        }
      }
    }
    return array_values(array_unique(array_filter($needed)));
  }

  /**
   * Transitions to drafts, from each state that the agent can find.
   *
   * @return string[][]
   *   For each state the permissions of which one is enough.
   */
  private function transitionNeeds(string $entityType, string $bundle, array $operations): array {
    $workflow = $this->entityTypeManager->hasDefinition($entityType) ? $this->moderation->getWorkflowForEntityTypeAndBundle($entityType, $bundle) : NULL;
    if (!$workflow instanceof WorkflowInterface || array_intersect($operations, ['create', 'revise']) === []) {
      return [];
    }
    return array_values(array_filter(array_map(fn (StateInterface $state): array => $this->draftTransitions($workflow, $state), $this->startStates($workflow, $operations))));
  }

  /**
   * Names what the account lacks for one bundle.
   *
   * @return string[]
   */
  private function missingFor(Agent $agent, string $entityType, string $bundle, array $operations, array $permissions): array {
    if (!$this->entityTypeManager->hasDefinition($entityType)) {
      return [sprintf('The content type "%s" does not exist on this site. Take it out of the agent\'s content.', $entityType)];
    }
    $missing = [];
    foreach ($operations as $operation) {
      foreach (self::NEEDS[$entityType][$operation] ?? [] as $need) {
        $names = array_map(static fn (string $name): string => sprintf($name, $bundle), (array) $need);
        if (array_intersect($names, $permissions) === []) {
          $missing[] = sprintf('The permission "%s" is missing. Give it to the agent\'s role.', implode('" or "', $names));
        }
      }
    }
    if (array_intersect($operations, ['create', 'revise']) !== []) {
      $missing = array_merge($missing, $this->missingTransitions($agent, $entityType, $bundle, $operations, $permissions));
    }
    return $missing;
  }

  /**
   * Names the transitions to a draft that the account may not use.
   *
   * @return string[]
   */
  private function missingTransitions(Agent $agent, string $entityType, string $bundle, array $operations, array $permissions): array {
    $workflow = $this->moderation->getWorkflowForEntityTypeAndBundle($entityType, $bundle);
    if (!$workflow instanceof WorkflowInterface) {
      return $agent->mayWriteUnmoderated() ? [] : [sprintf('"%s" of "%s" has no moderation. Add it to a workflow, or allow the agent to write content without moderation.', $bundle, $entityType)];
    }
    $missing = [];
    foreach ($this->startStates($workflow, $operations) as $state) {
      $names = $this->draftTransitions($workflow, $state);
      if (array_intersect($names, $permissions) === []) {
        $missing[] = $names === []
          ? sprintf('The workflow "%s" has no transition from "%s" to an unpublished state. Add one.', $workflow->label(), $state->label())
          : sprintf('The permission "%s" is missing. Give it to the agent\'s role.', implode('" or "', $names));
      }
    }
    return $missing;
  }

  /**
   * Returns the states that content is in before the agent writes.
   *
   * @return \Drupal\workflows\StateInterface[]
   *   The states that content is in before the agent writes.
   */
  private function startStates(WorkflowInterface $workflow, array $operations): array {
    $plugin = $workflow->getTypePlugin();
    $published = array_filter($plugin->getStates(), static fn (StateInterface $state): bool => $state->isPublishedState());
    $from = in_array('revise', $operations, TRUE) ? $published : [];
    if (in_array('create', $operations, TRUE)) {
      $from[] = $plugin->getState($plugin->getConfiguration()['default_moderation_state'] ?? 'draft');
    }
    return $from;
  }

  /**
   * Returns permissions for transitions from a state to a draft-like one.
   *
   * @return string[]
   *   Permissions for transitions from a state to a draft-like one.
   */
  private function draftTransitions(WorkflowInterface $workflow, StateInterface $from): array {
    $names = [];
    foreach ($from->getTransitions() as $transition) {
      $to = $transition->to();
      if (!$to->isPublishedState() && !$to->isDefaultRevisionState()) {
        $names[] = "use {$workflow->id()} transition {$transition->id()}";
      }
    }
    return $names;
  }

}
