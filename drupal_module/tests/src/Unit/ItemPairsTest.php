<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Field\ItemPairs;
use Drupal\background_agents\Field\LinkOptions;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * Which present item of a field a given one goes on from.
 */
final class ItemPairsTest extends TestCase {

  private const PRESENT = [['value' => 'a', 'more' => 1], ['value' => 'b', 'more' => 2], ['value' => 'a', 'more' => 3]];

  public static function lists(): array {
    return [
      'as read' => [self::PRESENT, [0, 1, 2]],
      'in another order' => [[self::PRESENT[1], self::PRESENT[2], self::PRESENT[0]], [1, 2, 0]],
      'known by the value' => [[['value' => 'b'], ['value' => 'a']], [1, 0]],
      'equal ones in turn' => [[['value' => 'a'], ['value' => 'a'], ['value' => 'a']], [0, 2, NULL]],
      'its own place first' => [[['value' => 'x'], ['value' => 'y'], ['value' => 'a']], [0, 1, 2]],
      'by the place' => [[['value' => 'x'], ['more' => 9]], [0, 1]],
      'a place that another one has taken along' => [[['value' => 'x'], ['value' => 'a', 'more' => 1]], [NULL, 0]],
      'one more' => [[[], [], [], ['value' => 'z']], [0, 1, 2, NULL]],
      'nothing' => [[], []],
    ];
  }

  /**
   * Values take their properties along; others go on from their place.
   *
   * @dataProvider lists
   */
  #[DataProvider('lists')]
  public function testValues(array $given, array $expected): void {
    $pairs = ItemPairs::find($given, self::PRESENT, 'value', FALSE);
    ksort($pairs);
    $this->assertSame($expected, $pairs);
  }

  /**
   * A reference to something else takes over nothing, a gone one may stay.
   */
  public function testReferences(): void {
    $present = [['target_uuid' => 'a', 'alt' => 'A'], ['target_uuid' => NULL, 'missing' => TRUE], ['target_uuid' => 'b', 'alt' => 'B']];
    $given = [['target_uuid' => NULL, 'missing' => TRUE], ['target_uuid' => 'c'], ['alt' => 'New']];
    $pairs = ItemPairs::find($given, $present, 'target_uuid', TRUE);
    ksort($pairs);
    $this->assertSame([1, NULL, 2], $pairs);
  }

  /**
   * Numbers are compared as numbers, members in any order, nothing else alike.
   */
  public function testSameness(): void {
    $this->assertTrue(ItemPairs::isSame(1, 1.0));
    $this->assertTrue(ItemPairs::isSame(['a' => 1, 'b' => [1, 2]], ['b' => [1, 2], 'a' => 1]));
    foreach ([['1', 1], [0, FALSE], ['', NULL], [[1, 2], [2, 1]], [['a' => 1], ['a' => 1, 'b' => 1]], [[], NULL]] as [$one, $other]) {
      $this->assertFalse(ItemPairs::isSame($one, $other));
    }
  }

  /**
   * What options name is laid over what is there; null empties.
   */
  public function testLinkOptions(): void {
    $present = ['attributes' => ['target' => '_blank', 'data-x' => '1'], 'query' => ['a' => '1']];
    $this->assertSame(['attributes' => ['target' => '_blank', 'data-x' => '1', 'rel' => 'me'], 'query' => ['a' => '1']], LinkOptions::merge($present, ['attributes' => ['rel' => 'me', 'data-x' => '1']]));
    $this->assertSame(['attributes' => ['data-x' => '1']], LinkOptions::merge($present, ['attributes' => ['target' => NULL], 'query' => NULL]));
  }

  public static function badOptions(): array {
    return array_map(static fn (mixed $options): array => [$options], [
      'x', ['attributes' => ['onclick' => 'x']], ['attributes' => ['ONCLICK' => 'x']], ['attributes' => ['style' => 'x']],
      ['attributes' => ['data-x' => '2']], ['attributes' => 'x'], ['set_active_class' => TRUE], ['attributes' => ['href' => 'javascript:x']],
    ]);
  }

  /**
   * An agent sets no attribute that could run a script.
   *
   * @dataProvider badOptions
   */
  #[DataProvider('badOptions')]
  public function testRefusedLinkOptions(mixed $options): void {
    $this->expectException(\InvalidArgumentException::class);
    LinkOptions::merge(['attributes' => ['data-x' => '1']], $options);
  }

}
