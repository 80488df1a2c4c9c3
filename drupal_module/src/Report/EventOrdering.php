<?php

declare(strict_types=1);

namespace Drupal\background_agents\Report;

use Drupal\background_agents\Contract\Numbers;

/**
 * Decides which events of a batch are stored, and what is answered.
 *
 * One run at a time, in order of the batch. Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class EventOrdering {

  public const OK = 'ok';
  public const STALE = 'stale_attempt';
  public const CONFLICT = 'seq_conflict';
  public const GAP = 'seq_gap';
  public const REFUSED = 'refused';

  /**
   * Constructs an EventOrdering object.
   *
   * @param string $status
   *   One of the constants; the first thing that is wrong ends the run's part.
   * @param int $lastSeq
   *   The highest event number after storing.
   * @param int[] $store
   *   Indexes of the events to store, in order.
   * @param int|null $wrong
   *   Index of the event that is wrong; NULL when none is.
   */
  private function __construct(
    public readonly string $status,
    public readonly int $lastSeq,
    public readonly array $store,
    public readonly ?int $wrong = NULL,
  ) {}

  /**
   * Decides about the events of one run.
   *
   * @param int $lastSeq
   *   The highest event number stored.
   * @param int $currentAttempt
   *   The attempt that was handed out last.
   * @param int $attempt
   *   The attempt that the events come from.
   * @param array<int, string> $storedHashes
   *   Hashes of stored events by number, at least of those in the batch. A
   *   number that is missing was deleted by retention and counts as equal.
   * @param array<array{seq: int, hash: string}> $events
   *   The events, as they came.
   * @param callable(int): bool|null $isValid
   *   Whether the event with this index keeps its contract; NULL: all do. Asked
   *   only for events that would be stored.
   */
  public static function decide(int $lastSeq, int $currentAttempt, int $attempt, array $storedHashes, array $events, ?callable $isValid = NULL): self {
    if ($attempt !== $currentAttempt) {
      return new self(self::STALE, $lastSeq, []);
    }
    $store = [];
    $hashes = $storedHashes;
    foreach ($events as $index => ['seq' => $seq, 'hash' => $hash]) {
      if ($seq < 1 || $seq > Numbers::MAX_COUNTER) {
        return new self(self::REFUSED, $lastSeq, $store, $index);
      }
      if ($seq <= $lastSeq) {
        if (($hashes[$seq] ?? $hash) !== $hash) {
          return new self(self::CONFLICT, $lastSeq, $store, $index);
        }
        continue;
      }
      if ($seq !== $lastSeq + 1) {
        return new self(self::GAP, $lastSeq, $store, $index);
      }
      if ($isValid !== NULL && !$isValid($index)) {
        return new self(self::REFUSED, $lastSeq, $store, $index);
      }
      $store[] = $index;
      $hashes[$seq] = $hash;
      $lastSeq = $seq;
    }
    return new self(self::OK, $lastSeq, $store);
  }

}
