<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Review\ProposedRules;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\EntityFormInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * What people learnt by reviewing: the agent's rules, and who may accept.
 *
 * @internal
 */
final class ReviewPart implements AgentFormPartInterface {

  use StringTranslationTrait;

  public const int MOST_RULES = 50;
  public const int LONGEST_RULE = 1000;

  public function __construct(
    private readonly ProposedRules $proposed,
    private readonly DateFormatterInterface $dates,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(Agent $agent, FormStateInterface $form_state): array {
    $rules = $agent->getRules();
    return [
      '#title' => $this->t('Review'),
      '#weight' => 50,
      'rules' => [
        '#type' => 'textarea',
        '#title' => $this->t('Rules'),
        '#description' => $this->t('What the agent has to keep to from its next run on, one sentence a line, such as "Never shorten quotations". It is told them beside the system prompt.'),
        '#default_value' => implode("\n", $rules),
        '#rows' => max(4, count($rules) + 1),
      ],
      'proposed' => $this->proposed($agent),
      'four_eyes' => [
        '#type' => 'checkbox',
        '#title' => $this->t('A second person has to accept'),
        '#description' => $this->t('Who started a run cannot accept its drafts. This does not hold for runs that a change of content or the clock started.'),
        '#default_value' => $agent->needsFourEyes(),
      ],
      'progress' => [
        '#type' => 'checkbox',
        '#title' => $this->t('Tell step by step what runs do'),
        '#description' => $this->t('If not, the page of a run shows its state, its drafts and what people decided. What models and tools said is not kept on this site from then on.'),
        '#default_value' => $agent->tellsProgress(),
      ],
    ];
  }

  /**
   * What people who review proposed, each with what becomes of it.
   */
  private function proposed(Agent $agent): array {
    $rules = $agent->isNew() ? [] : $this->proposed->of((string) $agent->id());
    if ($rules === []) {
      return [];
    }
    $part = [
      '#type' => 'fieldset',
      '#title' => $this->t('Proposed by people who review'),
      '#description' => $this->t('A proposal is no rule until it is added. You can change its words then, among the rules.'),
    ];
    foreach ($rules as $rule) {
      $part[$rule->id] = [
        '#type' => 'radios',
        '#title' => $this->t('@rule', ['@rule' => $rule->text]),
        '#description' => $this->t('By @who on @when', [
          '@who' => $rule->name,
          '@when' => $this->dates->format($rule->created, 'short'),
        ]),
        '#options' => [
          'add' => $this->t('Add to the rules'),
          'drop' => $this->t('Drop'),
          'leave' => $this->t('Decide later'),
        ],
        '#default_value' => 'leave',
      ];
    }
    return $part;
  }

  /**
   * {@inheritdoc}
   */
  public function validate(array $form, FormStateInterface $form_state): void {
    $rules = $this->rules($form_state);
    if (count($rules) > self::MOST_RULES) {
      $form_state->setError($form['rules'], $this->t('An agent takes at most @most rules. Join some of them.', ['@most' => self::MOST_RULES]));
    }
    foreach ($rules as $i => $rule) {
      if (mb_strlen($rule) > self::LONGEST_RULE) {
        $form_state->setError($form['rules'], $this->t('Rule @number is longer than @most characters.', [
          '@number' => $i + 1,
          '@most' => self::LONGEST_RULE,
        ]));
      }
    }
  }

  /**
   * {@inheritdoc}
   */
  public function apply(Agent $agent, FormStateInterface $form_state): void {
    $agent->set('rules', $this->rules($form_state));
    $agent->set('four_eyes', (bool) $form_state->getValue(['review', 'four_eyes']));
    $agent->set('progress', (bool) $form_state->getValue(['review', 'progress']));
  }

  /**
   * Forgets the proposals that were decided about; call it after the save.
   */
  public function settle(FormStateInterface $form_state): void {
    $this->proposed->drop(array_keys(array_diff((array) $form_state->getValue(['review', 'proposed']), ['leave'])));
  }

  /**
   * The rules as they were written, and the proposals that are added.
   *
   * @return string[]
   *   One line each.
   */
  private function rules(FormStateInterface $form_state): array {
    $rules = self::lines((string) $form_state->getValue(['review', 'rules']));
    $added = array_keys((array) $form_state->getValue(['review', 'proposed']), 'add', TRUE);
    $agent = $form_state->getFormObject() instanceof EntityFormInterface ? $form_state->getFormObject()->getEntity()->id() : NULL;
    foreach ($added === [] ? [] : $this->proposed->of((string) $agent) as $proposal) {
      if (in_array($proposal->id, $added, TRUE)) {
        $rules[] = $proposal->text;
      }
    }
    return array_values(array_unique($rules));
  }

  /**
   * The lines of a text that hold something, each once.
   *
   * @return string[]
   *   Trimmed lines.
   */
  private static function lines(string $text): array {
    $lines = array_map(trim(...), preg_split('/\R/u', $text) ?: []);
    return array_values(array_unique(array_filter($lines, static fn (string $line): bool => $line !== '')));
  }

}
