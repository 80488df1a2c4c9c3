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
    $data['background_agents_run'] = $this->cells() + $this->choices() + $data['background_agents_run'];
    $data['background_agents_run']['agent']['filter'] = [
      'id' => 'in_operator',
      'options callback' => [ChangeViewsData::class, 'agentLabels'],
    ];
    $data['background_agents_run']['dry_run']['filter']['type'] = 'yes-no';
    $data['background_agents_event'] = $this->eventData();
    return $data;
  }

  /**
   * What the list shows of a run.
   */
  private function cells(): array {
    $cell = static fn (\Stringable $title, string $cell, ?string $sort = NULL): array => [
      'title' => $title,
      'real field' => $sort ?? 'id',
      'field' => ['id' => 'background_agents_run_cell', 'cell' => $cell, 'click sortable' => $sort !== NULL],
    ];
    return [
      'run_bulk_form' => [
        'title' => $this->t('Cancel several runs'),
        'help' => $this->t('Checkboxes for those that have not ended, and what to do with the chosen ones.'),
        'field' => ['id' => 'background_agents_run_bulk_form', 'real field' => 'id'],
      ],
      'run_state' => $cell($this->t('State, with the reason'), 'state', 'state'),
      'run_link' => $cell($this->t('Agent, which leads to the run'), 'agent', 'agent'),
      'run_about' => $cell($this->t('About'), 'about'),
      'run_started_by' => $cell($this->t('Started by'), 'started_by'),
      'run_cost' => $cell($this->t('Cost in US dollars'), 'cost', 'cost_micros'),
      'run_took' => $cell($this->t('How long it took'), 'took'),
      'run_drafts' => [
        'title' => $this->t('Drafts by state'),
        'help' => $this->t('How many drafts it left, and what became of them.'),
        'real field' => 'id',
        'field' => ['id' => 'background_agents_run_drafts'],
      ],
    ];
  }

  /**
   * By what the list is filtered, and what stands around it.
   */
  private function choices(): array {
    $choice = static fn (\Stringable $title, string $kind, array $plugin): array => [
      'title' => $title,
      $kind => $plugin,
    ];
    return [
      'run_states' => $choice($this->t('State, or all that have not ended'), 'filter', [
        'id' => 'background_agents_run_states',
        'field' => 'state',
      ]),
      'run_search' => $choice($this->t('Words of agent, content and reason'), 'filter', [
        'id' => 'background_agents_run_search',
        'field' => 'id',
      ]),
      'run_from' => $choice($this->t('From a day'), 'filter', [
        'id' => 'background_agents_run_day',
        'field' => 'created',
        'end' => 'first',
      ]),
      'run_to' => $choice($this->t('To a day'), 'filter', [
        'id' => 'background_agents_run_day',
        'field' => 'created',
        'end' => 'last',
      ]),
      'my_runs' => $choice($this->t('Asked for by'), 'filter', [
        'id' => 'background_agents_my_runs',
        'field' => 'uid',
      ]),
      'run_doors' => $choice($this->t('Started by'), 'filter', [
        'id' => 'background_agents_run_doors',
        'field' => 'trigger_type',
      ]),
      'runs_head' => $choice($this->t('What concerns all runs'), 'area', ['id' => 'background_agents_runs_head']),
      'runs_empty' => $choice($this->t('Why there are no runs'), 'area', ['id' => 'background_agents_runs_empty']),
    ];
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
