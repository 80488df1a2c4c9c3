<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

/**
 * Finds what two lists of keys have in common, in order.
 *
 * Keys that stand once in both lists are anchors; between them the shortest
 * edit is looked for, within a bound. What is over the bound has nothing in
 * common: a reader could not follow such a diff either.
 *
 * @internal
 */
final class SequenceDiff {

  /**
   * Most insertions and deletions that are looked for between two anchors.
   */
  private const MOST_EDITS = 400;

  /**
   * Pairs of equal keys.
   *
   * @param list<string> $old
   *   The former list.
   * @param list<string> $new
   *   The later list.
   *
   * @return array<int, int>
   *   Positions in $new, by position in $old; both ascend.
   */
  public static function pairs(array $old, array $new): array {
    $pairs = [];
    // Regions still to be compared; a stack, since anchors may lie deep.
    $regions = [[0, count($old), 0, count($new)]];
    while ($regions !== []) {
      [$oldStart, $oldEnd, $newStart, $newEnd] = array_pop($regions);
      while ($oldStart < $oldEnd && $newStart < $newEnd && $old[$oldStart] === $new[$newStart]) {
        $pairs[$oldStart++] = $newStart++;
      }
      while ($oldEnd > $oldStart && $newEnd > $newStart && $old[$oldEnd - 1] === $new[$newEnd - 1]) {
        $pairs[--$oldEnd] = --$newEnd;
      }
      if ($oldStart === $oldEnd || $newStart === $newEnd) {
        continue;
      }
      $anchors = self::anchors(array_slice($old, $oldStart, $oldEnd - $oldStart), array_slice($new, $newStart, $newEnd - $newStart));
      if ($anchors === []) {
        $pairs += self::shortest($old, $new, $oldStart, $oldEnd, $newStart, $newEnd);
        continue;
      }
      [$fromOld, $fromNew] = [$oldStart, $newStart];
      foreach ($anchors as $inOld => $inNew) {
        $regions[] = [$fromOld, $oldStart + $inOld, $fromNew, $newStart + $inNew];
        $pairs[$oldStart + $inOld] = $newStart + $inNew;
        [$fromOld, $fromNew] = [$oldStart + $inOld + 1, $newStart + $inNew + 1];
      }
      $regions[] = [$fromOld, $oldEnd, $fromNew, $newEnd];
    }
    ksort($pairs);
    return $pairs;
  }

  /**
   * The longest ascending chain of keys that stand once in both lists.
   *
   * @return array<int, int>
   *   Positions in $new, by position in $old.
   */
  private static function anchors(array $old, array $new): array {
    $once = static fn (array $list): array => array_intersect_key(array_flip($list), array_filter(array_count_values($list), static fn (int $count): bool => $count === 1));
    $positions = $once($new);
    $candidates = [];
    foreach ($once($old) as $key => $position) {
      if (isset($positions[$key])) {
        $candidates[$position] = $positions[$key];
      }
    }
    ksort($candidates);
    return self::longestChain($candidates);
  }

  /**
   * Returns the longest chain of candidates whose values ascend too.
   *
   * @param array<int, int> $candidates
   *   Positions in the new list, by ascending position in the old one.
   *
   * @return array<int, int>
   *   Those of the longest chain whose values ascend too.
   */
  private static function longestChain(array $candidates): array {
    $tails = [];
    $before = [];
    foreach ($candidates as $inOld => $inNew) {
      [$low, $high] = [0, count($tails)];
      while ($low < $high) {
        $middle = intdiv($low + $high, 2);
        $candidates[$tails[$middle]] < $inNew ? $low = $middle + 1 : $high = $middle;
      }
      $before[$inOld] = $low > 0 ? $tails[$low - 1] : NULL;
      $tails[$low] = $inOld;
    }
    $chain = [];
    for ($inOld = end($tails); $inOld !== FALSE && $inOld !== NULL; $inOld = $before[$inOld]) {
      $chain[$inOld] = $candidates[$inOld];
    }
    return array_reverse($chain, TRUE);
  }

  /**
   * The shortest edit of a region, by Myers' greedy algorithm.
   *
   * @return array<int, int>
   *   Pairs; none when more edits are needed than the bound.
   */
  private static function shortest(array $old, array $new, int $oldStart, int $oldEnd, int $newStart, int $newEnd): array {
    $lengthOld = $oldEnd - $oldStart;
    $lengthNew = $newEnd - $newStart;
    $reached = [1 => 0];
    $steps = [];
    for ($edits = 0, $most = min(self::MOST_EDITS, $lengthOld + $lengthNew); $edits <= $most; $edits++) {
      $steps[] = $reached;
      for ($diagonal = -$edits; $diagonal <= $edits; $diagonal += 2) {
        $isDown = $diagonal === -$edits || ($diagonal !== $edits && ($reached[$diagonal - 1] ?? -1) < ($reached[$diagonal + 1] ?? -1));
        $x = $isDown ? $reached[$diagonal + 1] : $reached[$diagonal - 1] + 1;
        $y = $x - $diagonal;
        while ($x < $lengthOld && $y < $lengthNew && $old[$oldStart + $x] === $new[$newStart + $y]) {
          $x++;
          $y++;
        }
        $reached[$diagonal] = $x;
        if ($x >= $lengthOld && $y >= $lengthNew) {
          return self::backwards($steps, $lengthOld, $lengthNew, $oldStart, $newStart);
        }
      }
    }
    return [];
  }

  /**
   * Follows the steps of the shortest edit from its end.
   *
   * @param array<int, array<int, int>> $steps
   *   How far each diagonal reached, before each edit.
   * @param int $x
   *   Length of the old region.
   * @param int $y
   *   Length of the new region.
   * @param int $oldStart
   *   Where the old region begins.
   * @param int $newStart
   *   Where the new region begins.
   *
   * @return array<int, int>
   *   Pairs.
   */
  private static function backwards(array $steps, int $x, int $y, int $oldStart, int $newStart): array {
    $pairs = [];
    for ($edits = count($steps) - 1; $edits >= 0; $edits--) {
      $reached = $steps[$edits];
      $diagonal = $x - $y;
      $isDown = $diagonal === -$edits || ($diagonal !== $edits && ($reached[$diagonal - 1] ?? -1) < ($reached[$diagonal + 1] ?? -1));
      $former = $isDown ? $diagonal + 1 : $diagonal - 1;
      $formerX = $edits === 0 ? 0 : $reached[$former];
      $formerY = $edits === 0 ? 0 : $formerX - $former;
      while ($x > $formerX && $y > $formerY) {
        $pairs[$oldStart + --$x] = $newStart + --$y;
      }
      [$x, $y] = [$formerX, $formerY];
    }
    return $pairs;
  }

}
