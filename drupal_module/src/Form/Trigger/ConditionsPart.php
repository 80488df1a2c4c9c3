<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Trigger;

use Drupal\background_agents\Trigger\TriggerConditions;
use Drupal\Core\Ajax\AjaxResponse;
use Drupal\Core\Ajax\FocusFirstCommand;
use Drupal\Core\Ajax\ReplaceCommand;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * The conditions of a content trigger: one row for each.
 *
 * Rows are added and taken away by buttons, which work without JavaScript.
 *
 * @internal
 */
final class ConditionsPart {

  use StringTranslationTrait;

  private const string ROWS = 'background_agents_conditions';

  public function __construct(
    private readonly ConditionFields $fields,
  ) {}

  /**
   * The rows, and how to add one.
   *
   * @param array[] $stored
   *   The conditions as they are stored.
   * @param string $entity_type
   *   The entity type of the trigger.
   * @param array<string, string> $names
   *   Labels of the fields that can be asked for.
   * @param \Drupal\Core\Form\FormStateInterface $form_state
   *   Keeps which rows there are.
   */
  public function build(array $stored, string $entity_type, array $names, FormStateInterface $form_state): array {
    $rows = $form_state->get(self::ROWS) ?? array_values($stored);
    $form_state->set(self::ROWS, $rows);
    $part = [
      '#type' => 'details',
      '#title' => $this->t('Conditions'),
      '#open' => $rows !== [],
      '#attributes' => ['id' => 'ba-conditions'],
      '#description' => $this->t('All of them have to be met.'),
    ];
    $number = 0;
    foreach ($rows as $i => $condition) {
      $part[$i] = $this->row($i, ++$number, $condition, $entity_type, $names);
    }
    $part['more'] = [
      '#type' => 'container',
      '#attributes' => ['id' => 'ba-condition-add', 'class' => ['ba-condition-add']],
      'kind' => [
        '#type' => 'select',
        '#title' => $this->t('Further condition'),
        '#options' => $this->fields->kinds(),
        '#default_value' => TriggerConditions::STATE,
      ],
      'add' => $this->button($this->t('Add condition'), 'ba_condition_add', 'add'),
    ];
    return $part;
  }

  private function row(int $i, int $number, array $condition, string $entity_type, array $names): array {
    return [
      '#type' => 'fieldset',
      '#title' => $this->t('@number. @kind', [
        '@number' => $number,
        '@kind' => $this->fields->kinds()[$condition['kind']] ?? $condition['kind'],
      ]),
      '#attributes' => ['id' => "ba-condition-$i", 'class' => ['ba-condition']],
      'kind' => ['#type' => 'value', '#value' => $condition['kind']],
    ] + $this->fields->build($condition, $entity_type, $names) + [
      'remove' => $this->button($this->t('Remove condition @number', ['@number' => $number]), "ba_condition_remove_$i", 'remove') + ['#ba_row' => $i],
    ];
  }

  private function button(TranslatableMarkup $label, string $name, string $submit): array {
    return [
      '#type' => 'submit',
      '#value' => $label,
      '#name' => $name,
      '#submit' => [[self::class, $submit]],
      '#limit_validation_errors' => [
        ['agent'],
        ['settings', 'content', 'entity_type'],
        ['settings', 'content', 'conditions', 'more'],
      ],
      '#ajax' => ['callback' => [self::class, 'refresh']],
    ];
  }

  /**
   * Submit callback: adds a row.
   */
  public static function add(array $form, FormStateInterface $form_state): void {
    $rows = $form_state->get(self::ROWS) ?? [];
    $rows[] = ['kind' => (string) $form_state->getValue(['settings', 'content', 'conditions', 'more', 'kind'])];
    $form_state->set(self::ROWS, $rows)->set('background_agents_focus', '#ba-condition-' . array_key_last($rows))->setRebuild();
  }

  /**
   * Submit callback: takes a row away; the others keep their numbers.
   */
  public static function remove(array $form, FormStateInterface $form_state): void {
    $rows = $form_state->get(self::ROWS) ?? [];
    unset($rows[$form_state->getTriggeringElement()['#ba_row']]);
    $form_state->set(self::ROWS, $rows)->set('background_agents_focus', '#ba-condition-add')->setRebuild();
  }

  /**
   * Ajax callback: the rows, and the focus where the person goes on.
   */
  public static function refresh(array $form, FormStateInterface $form_state): AjaxResponse {
    $rows = $form['settings']['content']['conditions'];
    $rows['#open'] = TRUE;
    $response = (new AjaxResponse())->addCommand(new ReplaceCommand('#ba-conditions', $rows));
    return $response->addCommand(new FocusFirstCommand((string) $form_state->get('background_agents_focus')));
  }

  /**
   * The conditions of a submitted form, as they are stored.
   *
   * @return list<array>
   *   One for each row.
   */
  public function read(array $submitted): array {
    unset($submitted['more']);
    return array_values(array_map($this->fields->read(...), array_filter($submitted, is_array(...))));
  }

  /**
   * What is wrong with the rows of a submitted form.
   *
   * @return array<string, \Drupal\Core\StringTranslation\TranslatableMarkup>
   *   Sentences by path within the part.
   */
  public function problems(array $submitted): array {
    unset($submitted['more']);
    $problems = [];
    foreach (array_filter($submitted, is_array(...)) as $i => $row) {
      $condition = $this->fields->read($row);
      foreach (['roles', 'terms'] as $name) {
        if (($condition[$name] ?? NULL) === []) {
          $problems["$i][$name"] = $this->t('Choose what the condition asks for, or remove it.');
        }
      }
      if (($condition['field'] ?? NULL) === '') {
        $problems["$i][field"] = $this->t('Choose the field that the condition asks for, or remove it.');
      }
    }
    return $problems;
  }

}
