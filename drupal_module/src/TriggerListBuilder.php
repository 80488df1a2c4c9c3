<?php

declare(strict_types=1);

namespace Drupal\background_agents;

use Drupal\background_agents\Entity\Trigger;
use Drupal\Core\Config\Entity\ConfigEntityListBuilder;
use Drupal\Core\Entity\EntityInterface;

/**
 * Lists the triggers.
 */
final class TriggerListBuilder extends ConfigEntityListBuilder {

  /**
   * {@inheritdoc}
   */
  public function buildHeader(): array {
    return ['label' => $this->t('Trigger'), 'agent' => $this->t('Agent'), 'type' => $this->t('Type'), 'status' => $this->t('Status')] + parent::buildHeader();
  }

  /**
   * {@inheritdoc}
   */
  public function buildRow(EntityInterface $entity): array {
    assert($entity instanceof Trigger);
    return [
      'label' => $entity->label(),
      'agent' => $entity->getAgentId(),
      'type' => $entity->getType(),
      'status' => $entity->status() ? $this->t('Enabled') : $this->t('Disabled'),
    ] + parent::buildRow($entity);
  }

}
