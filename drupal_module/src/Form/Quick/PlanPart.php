<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Quick;

use Drupal\background_agents\Quick\LeftStep;
use Drupal\background_agents\Quick\QuickPlan;
use Drupal\background_agents\Ui\Workflows;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * What the quick form is going to make, what it asks before, what is left.
 *
 * @internal
 */
final class PlanPart {

  use StringTranslationTrait;

  /**
   * The question whether the content type comes under a workflow.
   */
  public function ask(QuickInput $input, QuickPlan $plan): array {
    $workflows = array_map(fn (string $label, int|string $id) => $id === Workflows::NEW ? $this->t('A new one: @workflow', ['@workflow' => $label]) : $label, $input->workflows, array_keys($input->workflows));
    return [
      '#type' => 'fieldset',
      '#title' => $this->t('Drafts of @type', ['@type' => $input->choice->content->label]),
      '#description' => $this->t('@type has no moderation: what is saved is live at once, and there are no drafts that a person could look at.', ['@type' => $input->choice->content->label]),
      '#description_display' => 'before',
      '#access' => $plan->addsToWorkflow,
      'workflow' => [
        '#type' => 'select',
        '#title' => $this->t('Workflow'),
        '#options' => array_combine(array_keys($input->workflows), $workflows),
        '#default_value' => $input->choice->workflow,
        '#access' => count($workflows) > 1,
      ],
      'moderate' => [
        '#type' => 'checkbox',
        '#title' => $this->t('Bring @type under moderation. This changes how people save it.', ['@type' => $input->choice->content->label]),
        '#default_value' => FALSE,
      ],
    ];
  }

  /**
   * The lists, with the mark of what was shown.
   */
  public function plan(QuickPlan $plan): array {
    return [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-plan']],
      'made_title' => [
        '#type' => 'html_tag',
        '#tag' => 'h2',
        '#value' => $this->t('This will be made'),
      ],
      'made' => ['#theme' => 'item_list', '#items' => array_map(self::item(...), array_values($plan->made))],
      'left_title' => [
        '#type' => 'html_tag',
        '#tag' => 'h2',
        '#value' => $this->t('Who must do the rest'),
        '#access' => $plan->left !== [],
      ],
      'left' => $this->left($plan) + ['#access' => $plan->left !== []],
      // Not a default value: the mark is of what this page shows.
      'seen' => ['#type' => 'hidden', '#value' => $plan->hash(), '#parents' => ['seen']],
    ];
  }

  /**
   * What others have to do, and who.
   *
   * @return list<\Drupal\Core\StringTranslation\TranslatableMarkup>
   *   A sentence or two for each.
   */
  public function sentences(QuickPlan $plan): array {
    return array_map(fn (LeftStep $step): TranslatableMarkup => $this->t('@what @who', [
      '@what' => $step->what,
      '@who' => $this->who($step),
    ]), $plan->left);
  }

  /**
   * What others have to do, as a list.
   */
  private function left(QuickPlan $plan): array {
    return [
      '#theme' => 'item_list',
      '#list_type' => 'ol',
      '#items' => array_map(fn (LeftStep $step): array => [
        'what' => self::item($step->what),
        'who' => [
          '#type' => 'html_tag',
          '#tag' => 'div',
          '#attributes' => ['class' => ['ba-meta']],
          '#value' => $this->who($step),
        ],
      ], $plan->left),
    ];
  }

  private function who(LeftStep $step): \Stringable {
    return $step->who === '' ? $this->t('No role may do this now.') : $this->t('Who may: @roles.', ['@roles' => $step->who]);
  }

  /**
   * A sentence as a render array; what people typed is escaped in it already.
   */
  private static function item(string|\Stringable $sentence): array {
    return ['#markup' => $sentence];
  }

}
