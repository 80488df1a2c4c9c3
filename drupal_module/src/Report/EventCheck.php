<?php

declare(strict_types=1);

namespace Drupal\background_agents\Report;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Run\LockedRun;

/**
 * Whether the events of a batch are valid, new, and without gaps.
 *
 * @internal
 */
final class EventCheck {

  public function __construct(
    private readonly EventStore $events,
    private readonly Contracts $contracts,
  ) {}

  /**
   * Decides which events are stored.
   *
   * @param \Drupal\background_agents\Run\LockedRun $run
   *   The locked run.
   * @param \stdClass[] $events
   *   The events as they came.
   * @param int $current
   *   The attempt that was handed out last.
   * @param int $attempt
   *   The attempt that reports.
   */
  public function order(LockedRun $run, array $events, int $current, int $attempt): EventOrdering {
    $numbered = [];
    $expected = $run->lastSeq + 1;
    foreach ($events as $event) {
      $event->seq = self::integer($event->seq ?? NULL);
      // An event without a usable number is refused here.
      $seq = is_int($event->seq) ? $event->seq : $expected;
      $numbered[] = ['seq' => $seq, 'hash' => is_string($event->hash ?? NULL) ? $event->hash : ''];
      $expected = $seq + 1;
    }
    $seqs = array_filter(array_column($numbered, 'seq'), static fn (int $seq): bool => $seq <= $run->lastSeq);
    $hashes = $seqs === [] ? [] : $this->events->hashes($run->id, min($seqs), max($seqs));
    return EventOrdering::decide($run->lastSeq, $current, $attempt, $hashes, $numbered, fn (int $index): bool => $this->errors($events[$index]) === []);
  }

  /**
   * In JSON, 1.0 is the integer 1.
   */
  private static function integer(mixed $number): mixed {
    return is_float($number) && floor($number) === $number && abs($number) < 2 ** 53 ? (int) $number : $number;
  }

  private function errors(\stdClass $event): array {
    // The hash is optional in the event itself; a batch needs it.
    return isset($event->hash) ? $this->contracts->errors($event, 'event') : [
      ['pointer' => '/hash', 'detail' => '"hash" is missing.'],
    ];
  }

  /**
   * What the answer says about the event that was wrong.
   */
  public function explain(EventOrdering $order, array $events): array {
    if ($order->status === EventOrdering::STALE) {
      return ['detail' => 'This is not the attempt that was handed out last. Stop working on the run, and claim it.'];
    }
    if ($order->wrong === NULL) {
      return [];
    }
    $event = $events[$order->wrong];
    $errors = $this->errors($event);
    return match ($order->status) {
      EventOrdering::REFUSED => [
        'refused_seq' => $order->lastSeq + 1,
        'detail' => "{$errors[0]['pointer']}: {$errors[0]['detail']}",
      ],
      EventOrdering::CONFLICT => ['detail' => "Event {$event->seq} is stored here with another content. Go on from last_seq."],
      default => ['detail' => 'Event ' . ($order->lastSeq + 1) . ' is missing.'],
    };
  }

}
