<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Run\SpentDays;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * On which days spending is booked, as the vectors say.
 */
final class SpendingTest extends TestCase {

  public static function spending(): array {
    return Cases::vectors('spending');
  }

  /**
   * Each day gets what was spent on it.
   *
   * @dataProvider spending
   */
  #[DataProvider('spending')]
  public function testDays(\stdClass $case): void {
    $days = SpentDays::of((array) $case->before, (array) $case->after, $case->events, $case->today);
    $this->assertEquals(json_decode(json_encode($case->days), TRUE), $days, $case->comment);
  }

}
