<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\ContentTypes;
use Drupal\background_agents\Ui\WideTable;
use Drupal\background_agents\Ui\Workflows;
use Drupal\Core\Ajax\AjaxResponse;
use Drupal\Core\Ajax\HtmlCommand;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Render\Element;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The table of what an agent may do: a row for each content type.
 *
 * @internal
 */
final class ContentTable {

  use StringTranslationTrait;

  public const array OPERATIONS = ['read', 'create', 'revise'];

  public function __construct(
    private readonly ContentTypes $contentTypes,
    private readonly Workflows $workflows,
    private readonly FieldsCell $fields,
    private readonly PreflightCell $preflight,
  ) {}

  /**
   * Builds the table.
   */
  public function build(Agent $agent, FormStateInterface $form_state): array {
    $table = WideTable::of([
      '#type' => 'table',
      '#caption' => $this->t('What the agent may do with what. What is not checked here is forbidden to it, whatever its permissions are; its tools follow from this table.'),
      '#header' => [
        $this->t('Content'),
        $this->t('Moderation'),
        $this->t('Read'),
        $this->t('Create drafts'),
        $this->t('Revise'),
        $this->t('Fields'),
        $this->t('Can it do this?'),
      ],
      '#empty' => $this->t('This site has no content types yet.'),
      '#attributes' => ['class' => ['ba-content-table']],
      '#sticky' => FALSE,
    ], $this->t('Content'));
    foreach ($this->bundles($agent) as $key => $bundle) {
      $table[$key] = $this->row($key, $bundle, $agent);
    }
    if (!$form_state->getUserInput()) {
      // Else it is asked when the values are known.
      $this->check($table, $agent);
    }
    return $table;
  }

  /**
   * Writes into each row whether the agent can do what is checked there.
   *
   * @param array<string, mixed> $table
   *   The table.
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent with the values of the form.
   * @param array<string, mixed> $input
   *   What the person has sent of the table.
   */
  public function check(array &$table, Agent $agent, array $input = []): void {
    foreach (array_keys($this->bundles($agent)) as $key) {
      if (isset($table[$key]['preflight'])) {
        $granted = array_map(strval(...), array_keys((array) ($input[$key]['grant'] ?? [])));
        $table[$key]['preflight']['findings']['#items'] = $this->preflight->of($agent, $key, $granted, !empty($input[$key]['moderation']));
      }
    }
  }

  /**
   * The answer to a script: what the cells of all rows say now.
   */
  public static function answer(array $table): AjaxResponse {
    $response = new AjaxResponse();
    foreach (Element::children($table) as $key) {
      $response->addCommand(new HtmlCommand('#' . PreflightCell::id((string) $key), $table[$key]['preflight']['findings']));
    }
    return $response;
  }

  /**
   * The content types of the site, and those that only the agent names.
   *
   * @return array<string, array{entity_type: string, bundle: string, label: string|\Stringable, workflow: string|null}>
   *   Keyed by "entity type:bundle".
   */
  private function bundles(Agent $agent): array {
    $bundles = [];
    foreach ($this->contentTypes->bundles() as $bundle) {
      $label = $bundle['type_label'] === $bundle['bundle_label'] ? $bundle['bundle_label'] : $this->t('@bundle (@type)', [
        '@bundle' => $bundle['bundle_label'],
        '@type' => $bundle['type_label'],
      ]);
      $bundles["$bundle[entity_type]:$bundle[bundle]"] = ['label' => $label] + $bundle;
    }
    foreach ($agent->getContent() as $type => $named) {
      foreach (array_keys($named) as $bundle) {
        $bundles["$type:$bundle"] ??= [
          'entity_type' => (string) $type,
          'bundle' => (string) $bundle,
          'label' => $this->t('@bundle (@type), not on this site', ['@bundle' => $bundle, '@type' => $type]),
          'workflow' => NULL,
        ];
      }
    }
    return $bundles;
  }

  /**
   * One row: a bundle.
   */
  private function row(string $key, array $bundle, Agent $agent): array {
    $label = (string) $bundle['label'];
    $row = [
      'label' => ['#plain_text' => $label],
      'moderation' => $this->moderation($bundle, $label),
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
    return $row + [
      'fields' => $this->fields->build($agent, $bundle['entity_type'], $bundle['bundle'], $label),
      'preflight' => $this->preflight->build($key, $label),
    ];
  }

  /**
   * The workflow of a bundle, or the offer to bring it under one.
   */
  private function moderation(array $bundle, string $label): array {
    $offered = $bundle['workflow'] === NULL && isset($this->contentTypes->labels()[$bundle['entity_type']]) ? $this->workflows->offered($bundle['entity_type']) : [];
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
   * What the rows say.
   *
   * A row that says what the agent has is left as it is, so that configuration
   * does not change when a form is saved without changes.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent as it is.
   * @param array<string, array<string, mixed>> $rows
   *   Values of the table.
   *
   * @return array{array<string, array<string, string[]>>, array<string, array<string, string[]>>}
   *   The keys content and fields of the binding.
   */
  public function read(Agent $agent, array $rows): array {
    $content = [];
    $fields = $agent->getFieldLimits();
    foreach ($rows as $key => $row) {
      [$type, $bundle] = explode(':', (string) $key, 2);
      $checked = array_values(array_filter(self::OPERATIONS, static fn (string $operation): bool => !empty($row[$operation])));
      $present = array_values(array_intersect(self::OPERATIONS, $agent->getContent()[$type][$bundle] ?? []));
      if ($checked !== []) {
        // Who may write an item has to be able to read it.
        $new = array_values(array_unique(['read', ...$checked]));
        $content[$type][$bundle] = $checked === $present ? $agent->getContent()[$type][$bundle] : $new;
      }
      $limit = $this->fields->read($agent, $type, $bundle, (array) ($row['fields'] ?? []));
      unset($fields[$type][$bundle]);
      if ($limit !== NULL) {
        $fields[$type][$bundle] = $limit;
      }
    }
    return [$content, array_filter($fields)];
  }

}
