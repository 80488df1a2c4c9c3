<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\background_agents\Review\Fingerprint;

/**
 * Compares what stood there, what the agent brought, and what stands there now.
 *
 * @internal
 */
final class ThreeWay {

  /**
   * Judges one field by its normal values.
   *
   * @param list<mixed> $before
   *   What stood there before the agent.
   * @param list<mixed> $after
   *   What the agent left.
   * @param list<mixed> $live
   *   What visitors see.
   * @param list<mixed> $newest
   *   What the newest version holds, which may be a draft that waits.
   * @param bool $isPart
   *   Whether all that is live and was not there before is a part of what the
   *   agent left, such as some passages of a text.
   */
  public static function of(array $before, array $after, array $live, array $newest, bool $isPart = FALSE): Verdict {
    return match (TRUE) {
      self::same($before, $after), self::same($live, $before) => Verdict::Nothing,
      !$isPart && !self::same($live, $after) => Verdict::Left,
      self::same($newest, $before) => Verdict::Waiting,
      !self::same($newest, $live) => Verdict::Left,
      default => Verdict::Back,
    };
  }

  /**
   * Whether two normal values are one to a reader.
   */
  public static function same(array $value, array $other): bool {
    return Fingerprint::print($value) === Fingerprint::print($other);
  }

}
