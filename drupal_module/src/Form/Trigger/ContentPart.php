<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Trigger;

use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Ui\ContentTypes;
use Drupal\background_agents\Ui\EditableFields;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Language\LanguageManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The part of a trigger's form that says which changes of content start it.
 *
 * @internal
 */
final class ContentPart {

  use StringTranslationTrait;

  public function __construct(
    private readonly ContentTypes $contentTypes,
    private readonly LanguageManagerInterface $languageManager,
    private readonly EditableFields $fields,
    private readonly ConditionsPart $conditions,
  ) {}

  /**
   * Settings of a content trigger.
   */
  public function build(Trigger $trigger, FormStateInterface $form_state): array {
    $settings = $trigger->getType() === 'content' ? $trigger->getSettings() : Trigger::CONTENT_SETTINGS;
    $entity_type = $form_state->getValue(['settings', 'content', 'entity_type']) ?? $settings['entity_type'];
    $bundles = $this->contentTypes->bundleLabels($entity_type);
    $fields = $this->fields->labels($entity_type, array_keys($bundles));
    return [
      '#type' => 'details',
      '#title' => $this->t('Which changes'),
      '#open' => TRUE,
      '#attributes' => ['id' => 'ba-trigger-content'],
      '#states' => ['visible' => [':input[name="type"]' => ['value' => 'content']]],
      'entity_type' => [
        '#type' => 'select',
        '#title' => $this->t('Kind of content'),
        '#options' => $this->contentTypes->labels(),
        '#default_value' => $entity_type,
        '#ajax' => ['callback' => '::refreshContent'],
      ],
      'bundles' => [
        '#type' => 'checkboxes',
        '#title' => $this->t('Types'),
        '#description' => $this->t('None checked: all.'),
        '#options' => $bundles,
        '#default_value' => array_intersect($settings['bundles'], array_keys($bundles)),
        '#validated' => TRUE,
      ],
    ] + $this->when($trigger, $settings) + [
      'fields' => $this->changed($settings['fields'], $fields),
      'conditions' => $this->conditions->build($settings['conditions'], $entity_type, $fields, $form_state),
    ];
  }

  /**
   * Which of their changes count.
   */
  private function when(Trigger $trigger, array $settings): array {
    return [
      'operations' => [
        '#type' => 'checkboxes',
        '#title' => $this->t('When it is'),
        '#options' => ['insert' => $this->t('added'), 'update' => $this->t('changed'), 'delete' => $this->t('deleted')],
        '#default_value' => $settings['operations'],
      ],
      'revisions' => [
        '#type' => 'radios',
        '#title' => $this->t('Which revisions'),
        '#options' => [
          'published' => $this->t('Published ones only'),
          'any' => $this->t('Any, drafts too'),
          'state_change' => $this->t('Only those that change the moderation state'),
        ],
        '#default_value' => $settings['revisions'],
      ],
      'langcodes' => $this->languages($settings['langcodes']),
      'debounce' => [
        '#type' => 'number',
        '#title' => $this->t('Wait for further changes, in seconds'),
        '#description' => $this->t('Several changes of one item within this time make one run. 0: each change makes a run.'),
        '#default_value' => $trigger->getDebounce(),
        '#min' => 0,
        '#max' => 86400,
      ],
    ];
  }

  /**
   * The fields one of which has to change.
   */
  private function changed(array $chosen, array $fields): array {
    return [
      '#type' => 'details',
      '#title' => $this->t('Fields that change'),
      '#open' => $chosen !== [],
      '#parents' => ['settings', 'content'],
      'fields' => [
        '#type' => 'checkboxes',
        '#title' => $this->t('One of these fields has to change'),
        '#description' => $this->t('None checked: each save counts. A save that changes no word of them does not count. Of a new item or translation all fields are new. With "Published ones only" it counts what visitors saw before.'),
        '#options' => $fields,
        '#default_value' => array_intersect($chosen, array_keys($fields)),
        '#parents' => ['settings', 'content', 'fields'],
        '#validated' => TRUE,
      ],
    ];
  }

  private function languages(array $chosen): array {
    $languages = [];
    foreach ($this->languageManager->getLanguages() as $language) {
      $languages[$language->getId()] = $language->getName();
    }
    return [
      '#type' => 'checkboxes',
      '#title' => $this->t('Languages'),
      '#description' => $this->t('None checked: all.'),
      '#options' => $languages,
      '#default_value' => array_intersect($chosen, array_keys($languages)),
      '#access' => count($languages) > 1,
    ];
  }

  /**
   * Settings of a content trigger, as they are stored.
   */
  public function settings(array $submitted): array {
    $bundles = array_keys($this->contentTypes->bundleLabels((string) $submitted['entity_type']));
    $fields = array_keys($this->fields->labels((string) $submitted['entity_type'], $bundles));
    return [
      'entity_type' => (string) $submitted['entity_type'],
      'bundles' => array_values(array_intersect(array_filter((array) $submitted['bundles']), $bundles)),
      'operations' => array_values(array_filter((array) $submitted['operations'])),
      'revisions' => (string) $submitted['revisions'],
      'langcodes' => array_values(array_filter((array) ($submitted['langcodes'] ?? []))),
      'fields' => array_values(array_intersect(array_filter((array) ($submitted['fields'] ?? [])), $fields)),
      'conditions' => $this->conditions->read((array) ($submitted['conditions'] ?? [])),
    ];
  }

  /**
   * What is wrong with the settings.
   *
   * @return array<string, mixed>
   *   Sentences, by path within the part; none: they are right.
   */
  public function problems(array $submitted): array {
    $problems = [];
    if (array_filter((array) $submitted['operations']) === []) {
      $problems['operations'] = $this->t('Check at least one of added, changed and deleted.');
    }
    foreach ($this->conditions->problems((array) ($submitted['conditions'] ?? [])) as $path => $problem) {
      $problems["conditions][$path"] = $problem;
    }
    return $problems;
  }

}
