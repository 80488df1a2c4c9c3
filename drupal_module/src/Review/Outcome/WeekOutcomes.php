<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Outcome;

/**
 * What became of the drafts that an agent left in a week, or in several.
 *
 * @internal
 */
final readonly class WeekOutcomes {

  /**
   * Sets what is given.
   *
   * @param \DateTimeImmutable $begins
   *   Monday, midnight, in the site's time zone.
   * @param array<string, int> $counts
   *   Numbers of drafts, by value of Fate.
   * @param array<int, int> $shares
   *   Of drafts accepted with changes: how many had which share that was
   *   published, by percent.
   */
  public function __construct(
    public \DateTimeImmutable $begins,
    public array $counts = [],
    private array $shares = [],
  ) {}

  /**
   * All drafts.
   */
  public function drafts(): int {
    return array_sum($this->counts);
  }

  /**
   * The drafts with a fate.
   */
  public function count(Fate $fate): int {
    return $this->counts[$fate->value] ?? 0;
  }

  /**
   * The median of the shares published of drafts accepted with changes.
   *
   * @return float|null
   *   Percent, 0 to 100; NULL: there are none.
   */
  public function medianShare(): ?float {
    $shares = $this->shares;
    ksort($shares);
    $count = array_sum($shares);
    $middle = [];
    $before = 0;
    foreach ($shares as $percent => $times) {
      foreach ([intdiv($count - 1, 2), intdiv($count, 2)] as $position) {
        if ($before <= $position && $position < $before + $times) {
          $middle[] = $percent;
        }
      }
      $before += $times;
    }
    return $middle === [] ? NULL : array_sum($middle) / count($middle);
  }

  /**
   * This and other drafts, with one more of a kind.
   *
   * @param \Drupal\background_agents\Review\Outcome\Fate $fate
   *   What became of them.
   * @param int $drafts
   *   How many.
   * @param int|null $percent
   *   The share of each that was published, in percent.
   */
  public function with(Fate $fate, int $drafts, ?int $percent): self {
    $counts = $this->counts;
    $counts[$fate->value] = ($counts[$fate->value] ?? 0) + $drafts;
    $shares = $this->shares;
    if ($fate === Fate::Changed && $percent !== NULL) {
      $shares[$percent] = ($shares[$percent] ?? 0) + $drafts;
    }
    return new self($this->begins, $counts, $shares);
  }

  /**
   * The sum of several weeks.
   *
   * @param non-empty-list<self> $weeks
   *   The weeks.
   */
  public static function sum(array $weeks): self {
    $counts = $shares = [];
    foreach ($weeks as $week) {
      foreach ($week->counts as $fate => $count) {
        $counts[$fate] = ($counts[$fate] ?? 0) + $count;
      }
      foreach ($week->shares as $percent => $count) {
        $shares[$percent] = ($shares[$percent] ?? 0) + $count;
      }
    }
    return new self($weeks[0]->begins, $counts, $shares);
  }

}
