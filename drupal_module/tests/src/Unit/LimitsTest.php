<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Dispatch\RunLimits;
use Drupal\background_agents\Draft\WriteLimit;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * Limits are resolved into the job, and drafts are counted, as vectors say.
 */
final class LimitsTest extends TestCase {

  public static function limits(): array {
    return Cases::vectors('limits');
  }

  public static function writes(): array {
    return Cases::vectors('writes');
  }

  /**
   * The job gets the agent's limits over the site's.
   *
   * @dataProvider limits
   */
  #[DataProvider('limits')]
  public function testJob(\stdClass $case): void {
    $this->assertEquals((array) $case->job, RunLimits::over((array) $case->agent, (array) $case->site), $case->comment);
  }

  /**
   * Drafts of the present generation count, and no others.
   *
   * @dataProvider writes
   */
  #[DataProvider('writes')]
  public function testWrites(\stdClass $case): void {
    $counted = count(array_keys($case->drafts, $case->generation, TRUE));
    $this->assertSame($case->counted, $counted);
    $this->assertSame($case->allowed, WriteLimit::allows($case->limit, $case->granted, $counted), $case->comment);
  }

}
