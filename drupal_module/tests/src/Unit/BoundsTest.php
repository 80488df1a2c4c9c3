<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Contract\Numbers;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * Each integer of the contracts takes its bounds, and nothing beyond.
 */
final class BoundsTest extends TestCase {

  public static function bounds(): array {
    return Cases::vectors('bounds');
  }

  /**
   * The numbers of the vectors are taken or refused, as they say.
   *
   * @dataProvider bounds
   */
  #[DataProvider('bounds')]
  public function testBounds(\stdClass $case): void {
    $contracts = new Contracts();
    foreach ($case->taken as $text) {
      $this->assertSame([], $contracts->errors(json_decode($text), $case->schema), $text);
    }
    foreach ($case->refused as $text) {
      $this->assertNotSame([], $contracts->errors(json_decode($text), $case->schema), $text);
    }
  }

  /**
   * A number like 1e999 is found wherever it is, with its pointer.
   */
  public function testNotFinite(): void {
    $this->assertSame('/a/1/b~1c', Numbers::notFinite(json_decode('{"a": [1, {"b/c": -1e999}], "d": 1e999}')));
    $this->assertSame('', Numbers::notFinite(json_decode('1e999')));
    $this->assertNull(Numbers::notFinite(json_decode('{"a": [1e300, 9223372036854775808], "b": "1e999", "c": null}')));
  }

}
