<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity\Handler;

use Drupal\views\EntityViewsData;

/**
 * Describes runs to Views, with their events and changes.
 *
 * @internal
 */
final class RunViewsData extends EntityViewsData {

  /**
   * {@inheritdoc}
   */
  public function getViewsData(): array {
    $data = parent::getViewsData();
    $data['background_agents_run']['background_agents_changes'] = [
      'title' => $this->t('Changes of the run'),
      'relationship' => [
        'id' => 'standard',
        'base' => 'background_agents_change',
        'base field' => 'run',
        'field' => 'id',
        'label' => $this->t('Changes'),
      ],
    ];
    $data['background_agents_event'] = $this->eventData();
    return $data;
  }

  private function eventData(): array {
    return [
      'table' => [
        'group' => $this->t('Agent run event'),
        'join' => [
          'background_agents_run' => ['left_field' => 'id', 'field' => 'run'],
        ],
      ],
      'seq' => $this->column($this->t('Number'), 'numeric'),
      'step' => $this->column($this->t('Step'), 'numeric'),
      'type' => $this->column($this->t('Type'), 'standard'),
      'created' => [
        'title' => $this->t('Received'),
        'field' => ['id' => 'date'],
        'filter' => ['id' => 'date'],
        'sort' => ['id' => 'date'],
      ],
    ];
  }

  private function column(\Stringable $title, string $field): array {
    return [
      'title' => $title,
      'field' => ['id' => $field],
      'filter' => ['id' => $field === 'numeric' ? 'numeric' : 'string'],
      'sort' => ['id' => 'standard'],
    ];
  }

}
