<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Form elements for limits, and their values in the units of the contracts.
 */
final class Limits {

  use StringTranslationTrait;

  /**
   * Form elements.
   *
   * @param array<string, int> $values
   *   Present values, in the units of the contracts; 0 or absent: none.
   * @param array<string, int>|null $defaults
   *   Values that hold for empty fields, shown as placeholders. NULL: there are
   *   none, each field is required.
   *
   * @return array<string, array<string, mixed>>
   *   Elements keyed as in the contracts.
   */
  public function elements(array $values, ?array $defaults = NULL): array {
    $elements = [];
    foreach ($this->texts() as $key => [$title, $description]) {
      $money = $key === 'cost_micros';
      $value = $values[$key] ?? 0;
      $default = $defaults[$key] ?? 0;
      $elements[$key] = [
        '#type' => 'number',
        '#title' => $title,
        '#description' => $description,
        '#min' => $defaults === NULL ? 1 : 0,
        '#step' => 1,
        '#default_value' => $value ?: '',
        '#placeholder' => $default ? (string) $default : '',
        '#required' => $defaults === NULL,
      ];
      if ($money) {
        $elements[$key] = [
          '#min' => 0,
          '#step' => 0.000001,
          '#default_value' => $value ? $value / 1000000 : '',
          '#placeholder' => $default ? (string) ($default / 1000000) : '',
        ] + $elements[$key];
      }
    }
    return $elements;
  }

  /**
   * Submitted values in the units of the contracts.
   *
   * @param array<string, mixed> $submitted
   *   Values of the elements.
   *
   * @return array<string, int>
   *   Limits above zero.
   */
  public function values(array $submitted): array {
    $values = [];
    foreach (array_keys($this->texts()) as $key) {
      $number = (float) ($submitted[$key] ?? 0);
      $value = (int) round($key === 'cost_micros' ? $number * 1000000 : $number);
      if ($value > 0) {
        $values[$key] = $value;
      }
    }
    return $values;
  }

  /**
   * Title and description of each limit.
   */
  private function texts(): array {
    return [
      'steps' => [$this->t('Model requests per run'), ''],
      'tool_calls' => [$this->t('Tool calls per run'), ''],
      'tokens' => [$this->t('Tokens per run'), $this->t('Input and output together.')],
      'cost_micros' => [$this->t('Cost per run'), $this->t('In the currency of the prices in the sidecar, by default US dollars.')],
      'wall_seconds' => [$this->t('Time per run, in seconds'), $this->t('From the first start to the end. Waiting for people does not count.')],
      'writes' => [$this->t('Drafts per run'), ''],
      'writes_per_hour' => [$this->t('Drafts per hour'), $this->t('Over all runs of the agent.')],
      'concurrency' => [$this->t('Runs at the same time'), ''],
      'depth' => [$this->t('Depth of agents starting agents'), ''],
      'tool_result_bytes' => [$this->t('Largest result of a tool, in bytes'), $this->t('More is cut off before the model sees it.')],
    ];
  }

}
