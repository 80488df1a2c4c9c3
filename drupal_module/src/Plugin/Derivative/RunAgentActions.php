<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Derivative;

use Drupal\background_agents\Guard\AgentAccess;
use Drupal\Core\Action\Plugin\Action\Derivative\EntityActionDeriverBase;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityTypeInterface;

/**
 * One action "Run agent" for each entity type that agents may write.
 *
 * @internal
 */
final class RunAgentActions extends EntityActionDeriverBase {

  /**
   * {@inheritdoc}
   */
  public function getDerivativeDefinitions($base_plugin_definition): array {
    $definitions = [];
    foreach ($this->getApplicableEntityTypes() as $id => $type) {
      $definitions[$id] = [
        'type' => $id,
        'label' => $this->t('Run an agent over @items', ['@items' => $type->getPluralLabel()]),
        // With the module of its content, the action goes, too.
        'config_dependencies' => ['module' => [$type->getProvider()]],
      ] + $base_plugin_definition;
    }
    return $definitions;
  }

  /**
   * {@inheritdoc}
   */
  protected function isApplicable(EntityTypeInterface $entity_type): bool {
    return $entity_type instanceof ContentEntityTypeInterface && $entity_type->isRevisionable() && $entity_type->hasKey('langcode')
      && !AgentAccess::isNeverWritten((string) $entity_type->id());
  }

}
