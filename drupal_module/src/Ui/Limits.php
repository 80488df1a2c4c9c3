<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Contract\Numbers;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Form elements for limits, and their values in the units of the contracts.
 *
 * @internal
 */
final class Limits {

  use StringTranslationTrait;

  /**
   * Form elements.
   *
   * @param array<string, int|string> $values
   *   Present values, in the units of the contracts; 0 or absent: none.
   * @param array<string, int>|null $defaults
   *   Values that hold for empty fields, shown as placeholders. NULL: there are
   *   none, each field but the budgets of a day is required.
   *
   * @return array<string, array<string, mixed>>
   *   Elements keyed as in the contracts.
   */
  public function elements(array $values, ?array $defaults = NULL): array {
    $elements = [];
    foreach ($this->texts() as $key => [$title, $description]) {
      $required = $defaults === NULL && !str_ends_with($key, '_per_day');
      $value = $values[$key] ?? 0;
      $default = $defaults[$key] ?? 0;
      $elements[$key] = [
        '#type' => 'number',
        '#title' => $title,
        '#description' => $description,
        '#min' => $required ? 1 : 0,
        '#max' => str_contains($key, 'tokens') ? Numbers::MAX_AMOUNT : Numbers::MAX_COUNTER,
        '#step' => 1,
        '#default_value' => $value ?: '',
        '#placeholder' => $default ? (string) $default : '',
        '#required' => $required,
      ];
      if (self::isMoney($key)) {
        $elements[$key] = [
          '#min' => 0,
          '#max' => Numbers::MAX_AMOUNT / 1000000,
          '#step' => 0.000001,
          '#default_value' => $value ? $value / 1000000 : '',
          '#placeholder' => $default ? (string) ($default / 1000000) : '',
        ] + $elements[$key];
      }
    }
    return $elements + ['on_limit' => $this->atLimit((string) ($values['on_limit'] ?? ''), $defaults)];
  }

  /**
   * What a run does at a limit.
   */
  private function atLimit(string $value, ?array $defaults): array {
    $options = ['fail' => $this->t('The run ends as failed'), 'ask' => $this->t('A person is asked')];
    $default = $options[$defaults['on_limit'] ?? 'fail'] ?? $options['fail'];
    return [
      '#type' => 'select',
      '#title' => $this->t('At a limit of a run'),
      '#description' => $this->t('Who may manage the run can allow as much again, or end it. What it has done is kept. Limits of an hour or a day are not asked about.'),
      '#options' => ($defaults === NULL ? [] : ['' => $this->t('As in the site: @choice', ['@choice' => $default])]) + $options,
      '#default_value' => $value ?: ($defaults === NULL ? 'fail' : ''),
    ];
  }

  /**
   * Submitted values in the units of the contracts.
   *
   * @param array<string, mixed> $submitted
   *   Values of the elements.
   *
   * @return array<string, int|string>
   *   Limits above zero, and `on_limit` when it was chosen.
   */
  public function values(array $submitted): array {
    $values = [];
    foreach (array_keys($this->texts()) as $key) {
      $number = (float) ($submitted[$key] ?? 0);
      $value = (int) round(self::isMoney($key) ? $number * 1000000 : $number);
      if ($value > 0) {
        $values[$key] = $value;
      }
    }
    $chosen = (string) ($submitted['on_limit'] ?? '');
    return $values + ($chosen === '' ? [] : ['on_limit' => $chosen]);
  }

  private static function isMoney(string $key): bool {
    return str_starts_with($key, 'cost_micros');
  }

  /**
   * Title and description of each limit.
   */
  private function texts(): array {
    return [
      'steps' => [$this->t('Model requests per run'), ''],
      'tool_calls' => [$this->t('Tool calls per run'), ''],
      'tokens' => [$this->t('Tokens per run'), $this->t('Input and output together.')],
      'cost_micros' => [$this->t('Cost per run'), $this->t('In US dollars, by the prices in the sidecar.')],
      'wall_seconds' => [
        $this->t('Time per run, in seconds'),
        $this->t('From the first start to the end. Waiting for people or for this site does not count.'),
      ],
      'writes' => [$this->t('Drafts per run'), ''],
      'writes_per_hour' => [$this->t('Drafts per hour'), $this->t('Over all runs of the agent.')],
      'cost_micros_per_day' => [
        $this->t('Cost of an agent per day'),
        $this->t('In US dollars, over all runs of the agent on a day in UTC.'),
      ],
      'tokens_per_day' => [
        $this->t('Tokens of an agent per day'),
        $this->t('Over all runs of the agent on a day in UTC.'),
      ],
      'concurrency' => [$this->t('Runs at the same time'), ''],
      'depth' => [$this->t('Depth of agents starting agents'), ''],
      'tool_result_bytes' => [
        $this->t('Largest result of a tool, in bytes'),
        $this->t('More is cut off before the model sees it.'),
      ],
    ];
  }

}
