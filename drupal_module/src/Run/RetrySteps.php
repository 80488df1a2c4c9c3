<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

/**
 * The steps of a run, read from its checkpoints.
 *
 * Says from which steps it can be retried, and what such a retry keeps.
 * contracts/vectors/retry-steps binds.
 *
 * @internal
 */
final class RetrySteps {

  private const MODEL = '~^s[0-9]+/model#([0-9]+)$~D';
  private const CALL = '~^s[0-9]+/([0-9]+)/([^@]+)@.*$~Ds';

  /**
   * Constructs a RetrySteps object.
   *
   * @param array<string, \stdClass> $units
   *   Records by the names of their units.
   * @param string|null $journal
   *   Version of the journal that they come from.
   */
  private function __construct(
    private readonly array $units,
    private readonly ?string $journal,
  ) {}

  /**
   * Reads from checkpoints which steps can be retried from.
   *
   * @param \stdClass[] $checkpoints
   *   The checkpoints of a generation, oldest first.
   */
  public static function of(array $checkpoints): self {
    $units = [];
    foreach ($checkpoints as $checkpoint) {
      $units = array_replace($units, get_object_vars($checkpoint->units ?? new \stdClass()));
    }
    $last = end($checkpoints);
    return new self($units, $last ? $last->journal ?? NULL : NULL);
  }

  /**
   * The steps from which the run can be retried: all before them are whole.
   *
   * @return int[]
   *   Step 1 is the beginning, and not among them.
   */
  public function offered(): array {
    [$answers, $calls] = $this->finished();
    $whole = 0;
    while (is_int($answers[$whole + 1] ?? NULL) && ($calls[$whole + 1] ?? 0) >= $answers[$whole + 1]) {
      $whole++;
    }
    $begun = array_key_exists($whole + 1, $answers) || ($answers[$whole] ?? 0) > 0;
    $last = $whole + (int) $begun;
    return $last < 2 ? [] : range(2, $last);
  }

  /**
   * Counts the calls of each step and how many of them are finished.
   *
   * @return array{array<int, mixed>, array<int, int>}
   *   By step: the number of calls that its answer asked for, and how many of
   *   them are finished.
   */
  private function finished(): array {
    $answers = $calls = [];
    foreach ($this->units as $unit => $record) {
      if (property_exists($record, 'v') && preg_match(self::MODEL, $unit, $match)) {
        $answers[(int) $match[1] + 1] = $record->c->tool_calls ?? NULL;
      }
      elseif (property_exists($record, 'v') && preg_match(self::CALL, $unit, $match)) {
        $calls[(int) $match[1]] = ($calls[(int) $match[1]] ?? 0) + 1;
      }
    }
    return [$answers, $calls];
  }

  /**
   * The finished units of all steps before this one.
   *
   * @return array<string, \stdClass>
   *   Records by the names of their units.
   */
  public function kept(int $step): array {
    return array_filter($this->units, static function (\stdClass $record, string $unit) use ($step): bool {
      $own = self::stepOf($unit);
      return property_exists($record, 'v') && $own !== NULL && $own < $step;
    }, ARRAY_FILTER_USE_BOTH);
  }

  /**
   * What the steps before this one have cost, as each unit counts itself.
   *
   * @param int $step
   *   The step.
   * @param string[] $names
   *   Names of counters.
   *
   * @return array<string, int>
   *   Sums by name. A generation that keeps these steps begins with them: what
   *   it adds is what it spends.
   */
  public function usage(int $step, array $names): array {
    $usage = array_fill_keys($names, 0);
    foreach ($this->kept($step) as $record) {
      foreach ($names as $name) {
        $usage[$name] += (int) ($record->c->$name ?? 0);
      }
    }
    return $usage;
  }

  /**
   * The checkpoint that a new generation from this step begins with.
   */
  public function checkpoint(int $step, int $generation): \stdClass {
    return (object) (array_filter([
      'version' => 1,
      'journal' => $this->journal,
      'generation' => $generation,
      'segment' => 0,
    ], static fn (mixed $value): bool => $value !== NULL) + ['units' => (object) $this->kept($step)]);
  }

  /**
   * The tools that a step called, in the order of the journal.
   *
   * @return string[]
   *   Their names; empty for a step that called none, or has not begun.
   */
  public function tools(int $step): array {
    $tools = [];
    foreach (array_keys($this->units) as $unit) {
      if (preg_match(self::CALL, $unit, $match) && (int) $match[1] === $step) {
        $tools[] = $match[2];
      }
    }
    return array_values(array_unique($tools));
  }

  /**
   * The step of a model request or a tool call; NULL for other units.
   */
  private static function stepOf(string $unit): ?int {
    return match (TRUE) {
      preg_match(self::MODEL, $unit, $match) === 1 => (int) $match[1] + 1,
      preg_match(self::CALL, $unit, $match) === 1 => (int) $match[1],
      default => NULL,
    };
  }

}
