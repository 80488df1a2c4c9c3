<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

/**
 * On which days (UTC) what a run has newly spent is booked.
 *
 * @internal
 */
final class SpentDays {

  /**
   * Splits what the usage of a run has grown by over the days.
   *
   * @param array{cost_micros: int, input_tokens: int, output_tokens: int} $before
   *   The usage that is stored.
   * @param array{cost_micros: int, input_tokens: int, output_tokens: int} $after
   *   The usage that came.
   * @param \stdClass[] $events
   *   The events that are stored with it, as in the contract.
   * @param string $today
   *   YYYY-MM-DD.
   *
   * @return array<string, array{cost_micros: int, tokens: int}>
   *   By day: millionths of a US dollar; tokens, input and output together.
   */
  public static function of(array $before, array $after, array $events, string $today): array {
    $left = [
      'cost_micros' => max(0, $after['cost_micros'] - $before['cost_micros']),
      'tokens' => max(0, self::tokens($after) - self::tokens($before)),
    ];
    $days = [];
    foreach ($events as $event) {
      $day = self::day($event);
      if ($day !== NULL && $day < $today) {
        $usage = (array) $event->data->usage;
        $days[$day] = self::move($left, [
          'cost_micros' => (int) ($usage['cost_micros'] ?? 0),
          'tokens' => self::tokens($usage),
        ], $days[$day] ?? []);
      }
    }
    $days[$today] = self::move($left, $left, []);
    return array_filter($days, static fn (array $booked): bool => array_sum($booked) > 0);
  }

  /**
   * Takes an amount, but no more than is left, and adds it to another.
   */
  private static function move(array &$left, array $amount, array $booked): array {
    foreach ($amount as $name => $value) {
      $taken = min($left[$name], $value);
      $left[$name] -= $taken;
      $booked[$name] = ($booked[$name] ?? 0) + $taken;
    }
    return $booked;
  }

  private static function tokens(array $usage): int {
    return (int) ($usage['input_tokens'] ?? 0) + (int) ($usage['output_tokens'] ?? 0);
  }

  /**
   * The day of an answer of the model; NULL for everything else.
   */
  private static function day(\stdClass $event): ?string {
    $time = $event->type === 'model_responded' && isset($event->data->usage) ? strtotime($event->time) : FALSE;
    return $time === FALSE ? NULL : gmdate('Y-m-d', $time);
  }

}
