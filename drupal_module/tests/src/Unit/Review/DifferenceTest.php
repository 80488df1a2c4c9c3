<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit\Review;

use Drupal\background_agents\Review\Diff\Difference;
use Drupal\background_agents\Review\Diff\DifferenceKind;
use PHPUnit\Framework\TestCase;

/**
 * What differs between two values, as the list of drafts tells it.
 */
final class DifferenceTest extends TestCase {

  /**
   * Words are counted without markup and punctuation.
   */
  public function testTexts(): void {
    $cases = [
      [[], ['<p>New</p>'], DifferenceKind::FillsIn, 0],
      [['Old'], ['', '  '], DifferenceKind::Empties, 0],
      [['<p>One two three</p>'], ['<p>One <b>four</b> three</p>'], DifferenceKind::Words, 1],
      [['One two'], ['One two three four five'], DifferenceKind::Words, 3],
      [['One, two'], ['<em>One</em> two!'], DifferenceKind::Layout, 0],
    ];
    foreach ($cases as [$old, $new, $kind, $count]) {
      $difference = Difference::ofTexts($old, $new);
      $this->assertSame([$kind, $count], [$difference->kind, $difference->count], implode(' ', $new));
    }
  }

  /**
   * One item is named, more are counted.
   */
  public function testItems(): void {
    $cases = [
      [[], ['1'], DifferenceKind::FillsIn, []],
      [['1'], [], DifferenceKind::Empties, []],
      [['1'], ['1', '2'], DifferenceKind::Adds, ['2']],
      [['1'], ['1', '2', '3'], DifferenceKind::Adds, []],
      [['1', '2'], ['2'], DifferenceKind::Removes, ['1']],
      [['1', '2'], ['1', '3'], DifferenceKind::Replaces, ['2', '3']],
      [['1', '2'], ['2', '1'], DifferenceKind::Order, []],
      [['1', '2'], ['3'], DifferenceKind::Changes, []],
    ];
    foreach ($cases as [$old, $new, $kind, $items]) {
      $difference = Difference::ofItems($old, $new);
      $this->assertSame([$kind, $items], [$difference->kind, $difference->items], implode(' ', $new));
    }
  }

  /**
   * What is stored is read again; anything else is nothing.
   */
  public function testStored(): void {
    $difference = Difference::ofItems(['1'], ['1', str_repeat('ä', 500)])->in('tags');
    $this->assertEquals($difference, Difference::of($difference->toArray()));
    $this->assertLessThanOrEqual(120, mb_strlen($difference->items[0]));
    foreach ([NULL, 'words', [], ['kind' => 'nonsense']] as $wrong) {
      $this->assertNull(Difference::of($wrong));
    }
  }

}
