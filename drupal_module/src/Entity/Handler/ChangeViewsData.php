<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity\Handler;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Language\LanguageInterface;
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
    $data['background_agents_change'] = $this->fields() + $this->choices() + $data['background_agents_change'];
    $callbacks = [
      'status' => [Change::class, 'statusLabels'],
      'agent' => [self::class, 'agentLabels'],
      'target_langcode' => [self::class, 'languageLabels'],
    ];
    foreach ($callbacks as $name => $callback) {
      $data['background_agents_change'][$name]['filter'] = [
        'id' => 'in_operator',
        'options callback' => $callback,
      ];
    }
    return $data;
  }

  /**
   * What the list shows of a draft.
   */
  private function fields(): array {
    return [
      'changed_fields' => [
        'title' => $this->t('What it changes'),
        'help' => $this->t('What the draft changes, in one sentence.'),
        'real field' => 'id',
        'field' => ['id' => 'background_agents_changed_fields'],
      ],
      'change_bulk_form' => [
        'title' => $this->t('Decide about several drafts'),
        'help' => $this->t('Checkboxes, and what to do with the chosen drafts.'),
        'field' => ['id' => 'background_agents_change_bulk_form', 'real field' => 'id'],
      ],
      'draft_link' => [
        'title' => $this->t('Link to the draft'),
        'help' => $this->t('The name of the content, which leads to the page of its draft.'),
        'field' => ['id' => 'background_agents_draft_link', 'field' => 'target_label', 'click sortable' => TRUE],
      ],
      'draft_agent' => [
        'title' => $this->t('Agent, by its name'),
        'help' => $this->t('The name that the agent has now.'),
        'field' => ['id' => 'background_agents_draft_agent', 'field' => 'agent', 'click sortable' => TRUE],
      ],
      'draft_run' => [
        'title' => $this->t('Link to the run'),
        'help' => $this->t('For those who may see the run.'),
        'field' => ['id' => 'background_agents_draft_run', 'field' => 'run'],
      ],
    ];
  }

  /**
   * By what the list is filtered, and what it says when it is empty.
   */
  private function choices(): array {
    return [
      'draft_bundle' => [
        'title' => $this->t('Type of content'),
        'help' => $this->t('Of those that agents write.'),
        'filter' => ['id' => 'background_agents_draft_bundle', 'field' => 'target_bundle'],
      ],
      'my_drafts' => [
        'title' => $this->t('Mine'),
        'help' => $this->t('Drafts from runs that the person asked for, or of content that they own.'),
        'filter' => ['id' => 'background_agents_my_drafts', 'field' => 'run'],
      ],
      'drafts_empty' => [
        'title' => $this->t('What will appear'),
        'help' => $this->t('What the list of drafts is for, and how to begin.'),
        'area' => ['id' => 'background_agents_drafts_empty'],
      ],
    ];
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

  /**
   * Returns names of the site's languages, by code, for filters.
   *
   * @return array<string, string>
   *   Names of the site's languages, by code, for filters.
   */
  public static function languageLabels(): array {
    return array_map(static fn (LanguageInterface $language): string => (string) $language->getName(), \Drupal::languageManager()->getLanguages());
  }

}
