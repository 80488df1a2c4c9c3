<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

use Drupal\background_agents\AiAgents\AiAgents;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Trigger\TriggerConditions;
use Drupal\content_moderation\ModerationInformationInterface;
use Drupal\Core\Config\Entity\ConfigEntityTypeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * What a site must have so that an agent or a trigger can work there.
 *
 * Exported with their configuration, so that an import brings it first, or is
 * refused with the names of what is missing.
 *
 * @internal
 */
final class AgentDependencies {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ModerationInformationInterface $moderation,
    private readonly AiAgents $aiAgents,
  ) {}

  /**
   * The dependencies of an agent.
   *
   * @return array<int, array{0: string, 1: string}>
   *   Pairs of type (config, module) and name.
   */
  public function ofAgent(Agent $agent): array {
    $found = $this->config('user_role', array_filter([$agent->getRole()]));
    array_push($found, ...$this->languages($agent->getBinding()['langcodes']));
    foreach ($agent->getFieldLimits() as $entity_type => $bundles) {
      foreach ($bundles as $bundle => $fields) {
        array_push($found, ...$this->config('field_config', array_map(static fn (string $field): string => "$entity_type.$bundle.$field", $fields)));
      }
    }
    if ($agent->isAiAgent() && $this->aiAgents->load($agent->getAiAgentId()) !== NULL) {
      // By its name: dirt in it may keep the entity from being made.
      $found[] = ['config', AiAgents::PREFIX . $agent->getAiAgentId()];
    }
    foreach ($agent->getContent() as $entity_type => $bundles) {
      array_push($found, ...$this->content((string) $entity_type, array_map(strval(...), array_keys($bundles))));
      foreach ($bundles as $bundle => $operations) {
        if (array_intersect($operations, ['create', 'revise']) !== []) {
          array_push($found, ...$this->workflow((string) $entity_type, (string) $bundle));
        }
      }
    }
    return $found;
  }

  /**
   * The dependencies of content types.
   *
   * @param string $entity_type
   *   The entity type.
   * @param string[] $bundles
   *   Its bundles; those that do not exist are left out.
   *
   * @return array<int, array{0: string, 1: string}>
   *   Pairs of type (config, module) and name.
   */
  public function content(string $entity_type, array $bundles): array {
    $definition = $this->entityTypeManager->getDefinition($entity_type, FALSE);
    if ($definition === NULL) {
      return [];
    }
    $found = [['module', $definition->getProvider()]];
    // A type without bundles of its own, such as user, depends on its module.
    return [...$found, ...$this->config((string) $definition->getBundleEntityType(), $bundles)];
  }

  /**
   * The module that has an entity type; '' when none has.
   */
  public function moduleOf(string $entity_type): string {
    return (string) $this->entityTypeManager->getDefinition($entity_type, FALSE)?->getProvider();
  }

  /**
   * What the names of the configuration of bundles begin with.
   */
  public function bundlePrefix(string $entity_type): ?string {
    $bundles = $this->entityTypeManager->getDefinition((string) $this->entityTypeManager->getDefinition($entity_type, FALSE)?->getBundleEntityType(), FALSE);
    return $bundles instanceof ConfigEntityTypeInterface ? $bundles->getConfigPrefix() . '.' : NULL;
  }

  /**
   * What an agent may touch, without a content type that has been deleted.
   *
   * @param array<string, array<string, string[]>> $content
   *   Operations by entity type and bundle.
   * @param string $deleted
   *   Name of the configuration.
   *
   * @return array<string, array<string, string[]>>
   *   What is left.
   */
  public function contentWithout(array $content, string $deleted): array {
    foreach ($content as $entity_type => $bundles) {
      $prefix = $this->bundlePrefix((string) $entity_type);
      if ($prefix !== NULL && str_starts_with($deleted, $prefix)) {
        unset($content[$entity_type][substr($deleted, strlen($prefix))]);
      }
    }
    return array_filter($content);
  }

  /**
   * The fields that an agent may write, without what has been deleted.
   *
   * A list of which nothing is left stays: then no field may be written.
   *
   * @param array<string, array<string, string[]>> $limits
   *   Names of fields by entity type and bundle.
   * @param string $deleted
   *   Name of the configuration of a field or of a content type.
   *
   * @return array<string, array<string, string[]>>
   *   What is left.
   */
  public function fieldsWithout(array $limits, string $deleted): array {
    $parts = str_starts_with($deleted, 'field.field.') ? explode('.', $deleted) : [];
    if (isset($limits[$parts[2] ?? ''][$parts[3] ?? ''])) {
      $fields = &$limits[$parts[2]][$parts[3]];
      $fields = array_values(array_diff($fields, [$parts[4] ?? '']));
    }
    return $this->contentWithout($limits, $deleted);
  }

  /**
   * The dependencies of languages.
   *
   * @param string[] $langcodes
   *   Their codes; those that do not exist are left out.
   *
   * @return array<int, array{0: string, 1: string}>
   *   Pairs of type (config) and name.
   */
  public function languages(array $langcodes): array {
    return $this->config('configurable_language', $langcodes);
  }

  /**
   * The dependencies of fields and conditions of a content trigger.
   *
   * @param string $entity_type
   *   The entity type.
   * @param string[] $fields
   *   Names of fields.
   * @param array[] $conditions
   *   Conditions as they are stored.
   *
   * @return array<int, array{0: string, 1: string}>
   *   Pairs of type (config, content, module) and name.
   */
  public function conditions(string $entity_type, array $fields, array $conditions): array {
    $roles = array_merge(...array_map(static fn (array $condition): array => $condition['roles'] ?? [], array_values($conditions)));
    $names = array_unique([...$fields, ...array_filter(array_column($conditions, 'field'))]);
    $found = [
      ...$this->config('user_role', $roles),
      ...$this->config('field_storage_config', array_map(static fn (string $name): string => "$entity_type.$name", $names)),
      ...array_map(static fn (string $module): array => ['module', $module], TriggerConditions::modules($conditions)),
    ];
    $terms = array_merge(...array_map(static fn (array $condition): array => $condition['terms'] ?? [], array_values($conditions)));
    foreach ($terms === [] || !$this->entityTypeManager->hasDefinition('taxonomy_term') ? [] : $this->entityTypeManager->getStorage('taxonomy_term')->loadByProperties(['uuid' => $terms]) as $term) {
      $found[] = ['content', $term->getConfigDependencyName()];
    }
    return $found;
  }

  /**
   * Returns the workflow that gives the bundle its drafts.
   *
   * @return array<int, array{0: string, 1: string}>
   *   The workflow that gives the bundle its drafts.
   */
  private function workflow(string $entity_type, string $bundle): array {
    $workflow = $this->entityTypeManager->hasDefinition($entity_type) ? $this->moderation->getWorkflowForEntityTypeAndBundle($entity_type, $bundle) : NULL;
    return $workflow === NULL ? [] : [['config', $workflow->getConfigDependencyName()]];
  }

  /**
   * Returns entities that exist; without the module that has them, none.
   *
   * @return array<int, array{0: string, 1: string}>
   *   Entities that exist; without the module that has them, none.
   */
  private function config(string $entity_type, array $ids): array {
    if ($ids === [] || !$this->entityTypeManager->hasDefinition($entity_type)) {
      return [];
    }
    return array_map(
      static fn ($entity): array => [$entity->getConfigDependencyKey(), $entity->getConfigDependencyName()],
      array_values($this->entityTypeManager->getStorage($entity_type)->loadMultiple($ids)),
    );
  }

}
