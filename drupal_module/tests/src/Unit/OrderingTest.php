<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Report\EventOrdering;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * Which events are stored, as the vectors of the intake say.
 *
 * The site suite runs the same vectors against the endpoint.
 */
final class OrderingTest extends TestCase {

  public static function intake(): array {
    return array_filter(Cases::vectors('event-intake'), static fn (array $arguments): bool => $arguments[0]->given !== NULL);
  }

  /**
   * Status and last number after each batch.
   *
   * @dataProvider intake
   */
  #[DataProvider('intake')]
  public function testOrder(\stdClass $case): void {
    $hashes = array_column($case->given->stored, 'hash', 'seq');
    $attempt = $case->given->attempt;
    $contracts = new Contracts();
    foreach ($case->steps as $step) {
      $item = $step->item;
      $events = array_map(static fn (\stdClass $event): array => ['seq' => $event->seq, 'hash' => $event->hash ?? ''], $item->events);
      $valid = static fn (int $index): bool => isset($item->events[$index]->hash) && $contracts->errors($item->events[$index], 'event') === [];
      $order = EventOrdering::decide(count($hashes), $attempt, $item->generation === $case->given->generation ? $item->attempt : -1, $hashes, $events, $valid);
      $this->assertSame([$step->answer->status, $step->answer->last_seq], [$order->status, $order->lastSeq], $case->comment);
      foreach ($order->store as $index) {
        $hashes[$events[$index]['seq']] = $events[$index]['hash'];
      }
      $this->assertSame(range(1, max(1, $order->lastSeq)), array_keys($hashes) ?: [1], 'There is no gap.');
    }
  }

}
