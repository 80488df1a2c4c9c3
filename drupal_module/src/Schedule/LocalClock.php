<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

/**
 * The clock of a time zone, with the hours that it skips or repeats.
 *
 * A local time is counted in seconds as if it were one of UTC.
 *
 * @internal
 */
final readonly class LocalClock {

  private const DAY = 86400;

  public function __construct(private \DateTimeZone $zone) {}

  /**
   * A clock of a zone by its name.
   *
   * @throws \InvalidArgumentException
   *   When no zone has that name. Abbreviations and offsets name none: they do
   *   not say when summer begins.
   */
  public static function of(string $name): self {
    if (!in_array($name, timezone_identifiers_list(), TRUE)) {
      throw new \InvalidArgumentException(sprintf('There is no time zone "%s". Name one by its place, such as Europe/Vienna.', $name));
    }
    return new self(new \DateTimeZone($name));
  }

  /**
   * What the clock shows at an instant.
   */
  public function shows(int $instant): int {
    return $instant + $this->zone->getOffset(new \DateTimeImmutable("@$instant"));
  }

  /**
   * When the clock shows some times of a day.
   *
   * @param int $midnight
   *   The local time at which the day begins.
   * @param list<int> $minutes
   *   Minutes of the day, ascending.
   * @param bool $goesOn
   *   FALSE: each time once, one that is skipped when the clock goes on. TRUE:
   *   as often as the clock shows it, which may be twice or never.
   *
   * @return list<int>
   *   Instants, ascending.
   */
  public function instants(int $midnight, array $minutes, bool $goesOn): array {
    $offsets = $this->zone->getTransitions($midnight - self::DAY, $midnight + 2 * self::DAY);
    $instants = [];
    foreach ($minutes as $minute) {
      $local = $midnight + 60 * $minute;
      array_push($instants, ...(count($offsets) === 1 ? [$local - $offsets[0]['offset']] : $this->around($local, $offsets, $goesOn)));
    }
    $instants = array_values(array_unique($instants));
    sort($instants);
    return $instants;
  }

  /**
   * When the clock shows a local time near a change of its offset.
   *
   * @return list<int>
   *   Instants: none, one or two.
   */
  private function around(int $local, array $offsets, bool $goesOn): array {
    $found = [];
    $last = count($offsets) - 1;
    foreach ($offsets as $i => $offset) {
      $instant = $local - $offset['offset'];
      if (($i === 0 || $instant >= $offset['ts']) && ($i === $last || $instant < $offsets[$i + 1]['ts'])) {
        $found[] = $instant;
      }
    }
    if ($found !== []) {
      return $goesOn ? $found : [min($found)];
    }
    return $goesOn ? [] : [$this->afterGap($local, $offsets)];
  }

  /**
   * The instant at which the clock goes on from before a local time to after.
   *
   * @param int $local
   *   The local time, as if it were UTC.
   * @param list<array{ts: int, offset: int}> $offsets
   *   When which offset begins.
   */
  private function afterGap(int $local, array $offsets): int {
    for ($i = 1; $i < count($offsets); $i++) {
      if ($offsets[$i]['ts'] + $offsets[$i - 1]['offset'] <= $local && $local < $offsets[$i]['ts'] + $offsets[$i]['offset']) {
        return $offsets[$i]['ts'];
      }
    }
    throw new \LogicException('A local time is shown, or skipped by a change of the clock.');
  }

}
