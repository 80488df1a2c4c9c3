<?php

declare(strict_types=1);

namespace Drupal\background_agents;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Config\Entity\ConfigEntityListBuilder;
use Drupal\Core\Entity\EntityInterface;

/**
 * Lists the agents.
 */
final class AgentListBuilder extends ConfigEntityListBuilder {

  /**
   * {@inheritdoc}
   */
  public function buildHeader(): array {
    return ['label' => $this->t('Agent'), 'model' => $this->t('Model'), 'status' => $this->t('Status')] + parent::buildHeader();
  }

  /**
   * {@inheritdoc}
   */
  public function buildRow(EntityInterface $entity): array {
    assert($entity instanceof Agent);
    return [
      'label' => $entity->label(),
      'model' => $entity->getModel(),
      'status' => $entity->status() ? $this->t('Enabled') : $this->t('Disabled'),
    ] + parent::buildRow($entity);
  }

}
