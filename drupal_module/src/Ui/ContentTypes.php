<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Guard\AgentAccess;
use Drupal\content_moderation\ModerationInformationInterface;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityTypeBundleInfoInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * The content of the site that agents can be about.
 *
 * @internal
 */
final class ContentTypes {

  /**
   * Sent by mail, and not kept: there is nothing for agents to work on.
   */
  private const string NOT_KEPT = 'contact_message';

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityTypeBundleInfoInterface $bundleInfo,
    private readonly ModerationInformationInterface $moderation,
  ) {}

  /**
   * All bundles, moderated ones first.
   *
   * @return array<int, array{entity_type: string, type_label: string, bundle: string, bundle_label: string, workflow: string|null}>
   *   One entry for each bundle; workflow is the label of its workflow, NULL
   *   when it is not moderated.
   */
  public function bundles(): array {
    $bundles = [];
    foreach ($this->entityTypes() as $id => $type) {
      foreach ($this->bundleInfo->getBundleInfo($id) as $bundle => $info) {
        $bundles[] = [
          'entity_type' => $id,
          'type_label' => (string) $type->getLabel(),
          'bundle' => (string) $bundle,
          'bundle_label' => (string) $info['label'],
          'workflow' => $this->workflow($type, (string) $bundle),
        ];
      }
    }
    usort($bundles, static fn (array $a, array $b): int => [
      $a['workflow'] === NULL,
      $a['type_label'],
      $a['bundle_label'],
    ] <=> [$b['workflow'] === NULL, $b['type_label'], $b['bundle_label']]);
    return $bundles;
  }

  /**
   * Labels of the entity types, keyed by id.
   *
   * @return array<string, string>
   *   The labels.
   */
  public function labels(): array {
    $labels = array_map(static fn (ContentEntityTypeInterface $type): string => (string) $type->getLabel(), $this->entityTypes());
    asort($labels);
    return $labels;
  }

  /**
   * Labels of the bundles of an entity type, keyed by name.
   *
   * @return array<string, string>
   *   The labels.
   */
  public function bundleLabels(string $entity_type_id): array {
    $labels = array_map(static fn (array $info): string => (string) $info['label'], $this->bundleInfo->getBundleInfo($entity_type_id));
    asort($labels);
    return $labels;
  }

  /**
   * The entity types that agents can be about.
   *
   * @return array<string, \Drupal\Core\Entity\ContentEntityTypeInterface>
   *   Keyed by id.
   */
  private function entityTypes(): array {
    return array_filter(
      $this->entityTypeManager->getDefinitions(),
      static fn ($type): bool => $type instanceof ContentEntityTypeInterface && !$type->isInternal() && $type->hasKey('uuid')
        && $type->hasLinkTemplate('canonical') && $type->id() !== self::NOT_KEPT && !AgentAccess::isNeverWritten((string) $type->id()),
    );
  }

  private function workflow(ContentEntityTypeInterface $type, string $bundle): ?string {
    if (!$this->moderation->shouldModerateEntitiesOfBundle($type, $bundle)) {
      return NULL;
    }
    $workflow = $this->moderation->getWorkflowForEntityTypeAndBundle($type->id(), $bundle);
    return $workflow === NULL ? NULL : (string) $workflow->label();
  }

}
