<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit\Review;

use Drupal\background_agents\Review\Rounds;
use Drupal\Tests\background_agents\Unit\Cases;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * How often drafts are sent back, and which of them stay, as vectors say.
 */
final class RoundsTest extends TestCase {

  public static function rounds(): array {
    return Cases::vectors('rounds');
  }

  public static function keptDrafts(): array {
    return Cases::vectors('kept-drafts');
  }

  /**
   * Five times, and no more.
   *
   * @dataProvider rounds
   */
  #[DataProvider('rounds')]
  public function testRounds(\stdClass $case): void {
    $this->assertSame($case->allowed, Rounds::allows($case->sent), $case->comment);
  }

  /**
   * What the end of a generation does with older drafts.
   *
   * @dataProvider keptDrafts
   */
  #[DataProvider('keptDrafts')]
  public function testKeptDrafts(\stdClass $case): void {
    $numbers = [$case->draft->generation, $case->draft->round, $case->end->generation, $case->end->round];
    $this->assertSame($case->taken_back, Rounds::takesBack(...$numbers), $case->comment);
    $this->assertSame($case->waits_again, Rounds::waitsAgain(...$numbers), $case->comment);
  }

}
