<?php

declare(strict_types=1);

namespace Drupal\background_agents\Activity;

use Symfony\Component\HttpFoundation\Request;

/**
 * The days, weeks or months that costs are told for. Days are those of UTC.
 *
 * @internal
 */
enum CostPeriods: string {

  case Day = 'day';
  case Week = 'week';
  case Month = 'month';

  /**
   * What a request asks for.
   */
  public static function of(Request $request): self {
    $asked = $request->query->all()['by'] ?? NULL;
    return self::tryFrom(is_string($asked) ? $asked : '') ?? self::Day;
  }

  /**
   * The first days of the last periods, with the present one.
   *
   * @return non-empty-list<string>
   *   YYYY-MM-DD, the latest first.
   */
  public function begins(int $now): array {
    [$modifier, $step, $count] = match ($this) {
      self::Day => ['today', 'days', 14],
      self::Week => ['monday this week', 'weeks', 12],
      self::Month => ['first day of this month', 'months', 12],
    };
    $first = (new \DateTimeImmutable("@$now"))->modify($modifier);
    return array_map(static fn (int $ago): string => $first->modify("-$ago $step")->format('Y-m-d'), range(0, $count - 1));
  }

}
