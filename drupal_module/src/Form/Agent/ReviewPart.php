<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Entity\Agent;
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
      'four_eyes' => [
        '#type' => 'checkbox',
        '#title' => $this->t('A second person has to accept'),
        '#description' => $this->t('Who started a run cannot accept its drafts. This does not hold for runs that a change of content or the clock started.'),
        '#default_value' => $agent->needsFourEyes(),
      ],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function validate(array $form, FormStateInterface $form_state): void {
    $rules = self::lines((string) $form_state->getValue(['review', 'rules']));
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
    $agent->set('rules', self::lines((string) $form_state->getValue(['review', 'rules'])));
    $agent->set('four_eyes', (bool) $form_state->getValue(['review', 'four_eyes']));
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
