<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity\Handler;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Entity\EntityInterface;
use Drupal\views\EntityViewsData;

/**
 * Describes changes to Views.
 *
 * @internal
 */
final class ChangeViewsData extends EntityViewsData {

  /**
   * {@inheritdoc}
   */
  public function getViewsData(): array {
    $data = parent::getViewsData();
    $data['background_agents_change']['changed_fields'] = [
      'title' => $this->t('Changed fields'),
      'help' => $this->t('What the draft changes, in a few words.'),
      'real field' => 'id',
      'field' => ['id' => 'background_agents_changed_fields'],
    ];
    foreach (['status' => 'statusLabels', 'agent' => 'agentLabels'] as $name => $options) {
      $data['background_agents_change'][$name]['filter'] = [
        'id' => 'in_operator',
        'options callback' => [$options === 'statusLabels' ? Change::class : self::class, $options],
      ];
    }
    $data['background_agents_change']['target_langcode']['filter']['id'] = 'language';
    return $data;
  }

  /**
   * Returns labels of all agents, by id, for filters.
   *
   * @return array<string, string>
   *   Labels of all agents, by id, for filters.
   */
  public static function agentLabels(): array {
    $agents = \Drupal::entityTypeManager()->getStorage('background_agents_agent')->loadMultiple();
    $labels = array_map(static fn (EntityInterface $agent): string => (string) $agent->label(), $agents);
    asort($labels);
    return $labels;
  }

}
