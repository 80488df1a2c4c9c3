<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\ContentTypes;
use Drupal\background_agents\Ui\WideTable;
use Drupal\background_agents\Ui\Workflows;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Language\LanguageManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * What content the agent may touch, and how far it may go.
 *
 * @internal
 */
final class ContentPart implements AgentFormPartInterface {

  use StringTranslationTrait;

  private const array OPERATIONS = ['read', 'create', 'revise'];

  public function __construct(
    private readonly ContentTypes $contentTypes,
    private readonly LanguageManagerInterface $languageManager,
    private readonly Workflows $workflows,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(Agent $agent, FormStateInterface $form_state): array {
    $binding = $agent->getBinding();
    return [
      '#title' => $this->t('Content'),
      '#weight' => 20,
      'table' => $this->table($agent),
      'langcodes' => $this->languages($binding['langcodes']),
      'may_write_unmoderated' => [
        '#type' => 'checkbox',
        '#title' => $this->t('May write content without moderation'),
        '#description' => $this->t('Such changes are live at once; there is no draft that an editor could look at. Leave this off unless you are sure.'),
        '#default_value' => $binding['may_write_unmoderated'],
      ],
      'may_publish' => [
        '#type' => 'checkbox',
        '#title' => $this->t('May publish'),
        '#description' => $this->t('Publishing is normally the act of a person. The role of the agent also needs the permission for a transition to a published state; without it this has no effect.'),
        '#default_value' => $binding['may_publish'],
      ],
    ];
  }

  /**
   * The table of bundles and operations.
   */
  private function table(Agent $agent): array {
    $table = WideTable::of([
      '#type' => 'table',
      '#caption' => $this->t('What is not checked here is forbidden to the agent, whatever its permissions are.'),
      '#header' => [
        $this->t('Content'),
        $this->t('Moderation'),
        $this->t('Read'),
        $this->t('Create drafts'),
        $this->t('Revise'),
      ],
      '#empty' => $this->t('This site has no content types yet.'),
      '#attributes' => ['class' => ['ba-content-table']],
      '#sticky' => FALSE,
    ], $this->t('Content'));
    foreach ($this->contentTypes->bundles() as $bundle) {
      $table[$bundle['entity_type'] . ':' . $bundle['bundle']] = $this->row($bundle, $agent);
    }
    return $table;
  }

  /**
   * One row: a bundle.
   */
  private function row(array $bundle, Agent $agent): array {
    $label = $bundle['type_label'] === $bundle['bundle_label'] ? $bundle['bundle_label'] : $this->t('@bundle (@type)', [
      '@bundle' => $bundle['bundle_label'],
      '@type' => $bundle['type_label'],
    ]);
    $row = [
      'label' => ['#plain_text' => (string) $label],
      'moderation' => $this->moderation($bundle, (string) $label),
    ];
    $names = ['read' => $this->t('Read'), 'create' => $this->t('Create drafts'), 'revise' => $this->t('Revise')];
    foreach (self::OPERATIONS as $operation) {
      $row[$operation] = [
        '#type' => 'checkbox',
        '#title' => $this->t('@operation: @content', ['@operation' => $names[$operation], '@content' => $label]),
        '#title_display' => 'invisible',
        '#default_value' => $agent->mayTouch($bundle['entity_type'], $bundle['bundle'], $operation),
      ];
    }
    return $row;
  }

  /**
   * The workflow of a bundle, or the offer to bring it under one.
   */
  private function moderation(array $bundle, string $label): array {
    $offered = $bundle['workflow'] === NULL ? $this->workflows->offered($bundle['entity_type']) : [];
    if ($offered === []) {
      return ['#plain_text' => (string) ($bundle['workflow'] ?? $this->t('none'))];
    }
    return [
      '#type' => 'select',
      '#title' => $this->t('Workflow of @content', ['@content' => $label]),
      '#title_display' => 'invisible',
      '#options' => array_map(fn (string $workflow) => $this->t('Add to @workflow', ['@workflow' => $workflow]), $offered),
      '#empty_option' => $this->t('none'),
    ];
  }

  /**
   * The languages that it may write.
   */
  private function languages(array $chosen): array {
    $options = [];
    foreach ($this->languageManager->getLanguages() as $language) {
      $options[$language->getId()] = $language->getName();
    }
    return [
      '#type' => 'checkboxes',
      '#title' => $this->t('Languages it may write'),
      '#description' => $this->t('None checked: all.'),
      '#options' => $options,
      '#default_value' => array_intersect($chosen, array_keys($options)),
      '#access' => count($options) > 1,
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function validate(array $form, FormStateInterface $form_state): void {
    $values = (array) $form_state->getValue('content');
    if (!empty($values['may_write_unmoderated'])) {
      return;
    }
    foreach ($this->contentTypes->bundles() as $bundle) {
      $key = $bundle['entity_type'] . ':' . $bundle['bundle'];
      $written = array_filter(['create', 'revise'], static fn (string $operation): bool => !empty($values['table'][$key][$operation]));
      if ($bundle['workflow'] === NULL && $written !== [] && empty($values['table'][$key]['moderation'])) {
        $form_state->setError($form['table'][$key][reset($written)], $this->withoutModeration($bundle));
      }
    }
  }

  /**
   * Why content without moderation cannot be written, and each way out.
   */
  private function withoutModeration(array $bundle): mixed {
    [$url, $advice] = $this->workflows->advice();
    $text = match (TRUE) {
      $this->workflows->offered($bundle['entity_type']) !== [] => $this->t('%label has no moderation, so there are no drafts of it. Choose a workflow for it in the table, <a href=":url">@advice</a>, take the check mark away, or allow this agent to write content without moderation.', [
        '%label' => $bundle['bundle_label'],
        ':url' => $url,
        '@advice' => $advice,
      ]),
      $url !== '' => $this->t('%label has no moderation, so there are no drafts of it. <a href=":url">@advice</a>, take the check mark away, or allow this agent to write content without moderation.', [
        '%label' => $bundle['bundle_label'],
        ':url' => $url,
        '@advice' => $advice,
      ]),
      default => $this->t('%label has no moderation, so there are no drafts of it. @advice Or take the check mark away, or allow this agent to write content without moderation.', [
        '%label' => $bundle['bundle_label'],
        '@advice' => $advice,
      ]),
    };
    return $text;
  }

  /**
   * Brings content under the workflows that were chosen in the table.
   *
   * @return array<int, mixed>
   *   What was done, in sentences.
   */
  public function moderate(FormStateInterface $form_state): array {
    $told = [];
    foreach ((array) ($form_state->getValue(['content', 'table']) ?: []) as $key => $row) {
      if (!empty($row['moderation'])) {
        [$entity_type, $bundle] = explode(':', (string) $key, 2);
        $workflow = $this->workflows->add($row['moderation'], $entity_type, $bundle);
        $told[] = $this->t('%type is moderated by the workflow %workflow now.', [
          '%type' => $this->contentTypes->bundleLabels($entity_type)[$bundle] ?? $bundle,
          '%workflow' => $workflow->label(),
        ]);
      }
    }
    return $told;
  }

  /**
   * {@inheritdoc}
   */
  public function apply(Agent $agent, FormStateInterface $form_state): void {
    $values = (array) $form_state->getValue('content');
    $content = [];
    foreach ((array) ($values['table'] ?: []) as $key => $row) {
      [$entity_type, $bundle] = explode(':', (string) $key, 2);
      $operations = array_values(array_filter(self::OPERATIONS, static fn (string $operation): bool => !empty($row[$operation])));
      if ($operations !== []) {
        // Who may write an item has to be able to read it.
        $content[$entity_type][$bundle] = array_values(array_unique(array_merge(['read'], $operations)));
      }
    }
    $agent->set('binding', [
      'content' => $content,
      'langcodes' => array_values(array_filter((array) ($values['langcodes'] ?? []))),
      'may_publish' => (bool) $values['may_publish'],
      'may_write_unmoderated' => (bool) $values['may_write_unmoderated'],
    ] + $agent->getBinding());
  }

}
