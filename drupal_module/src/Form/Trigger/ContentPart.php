<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Trigger;

use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Ui\ContentTypes;
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
  ) {}

  /**
   * Settings of a content trigger.
   */
  public function build(Trigger $trigger, FormStateInterface $form_state): array {
    $settings = $trigger->getType() === 'content' ? $trigger->getSettings() : Trigger::CONTENT_SETTINGS;
    $entity_type = $form_state->getValue(['settings', 'content', 'entity_type']) ?? $settings['entity_type'];
    $bundles = $this->contentTypes->bundleLabels($entity_type);
    return [
      '#type' => 'details',
      '#title' => $this->t('Which changes'),
      '#open' => TRUE,
      '#states' => ['visible' => [':input[name="type"]' => ['value' => 'content']]],
      'entity_type' => [
        '#type' => 'select',
        '#title' => $this->t('Kind of content'),
        '#options' => $this->contentTypes->labels(),
        '#default_value' => $entity_type,
        '#ajax' => ['callback' => '::refreshBundles', 'wrapper' => 'ba-trigger-bundles'],
      ],
      'bundles' => [
        '#type' => 'checkboxes',
        '#title' => $this->t('Types'),
        '#description' => $this->t('None checked: all.'),
        '#options' => $bundles,
        '#default_value' => array_intersect($settings['bundles'], array_keys($bundles)),
        '#prefix' => '<div id="ba-trigger-bundles">',
        '#suffix' => '</div>',
        '#validated' => TRUE,
      ],
    ] + $this->when($trigger, $settings);
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
    return [
      'entity_type' => (string) $submitted['entity_type'],
      'bundles' => array_values(array_intersect(array_filter((array) $submitted['bundles']), $bundles)),
      'operations' => array_values(array_filter((array) $submitted['operations'])),
      'revisions' => (string) $submitted['revisions'],
      'langcodes' => array_values(array_filter((array) ($submitted['langcodes'] ?? []))),
    ];
  }

}
