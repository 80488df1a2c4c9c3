<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Contract\Contracts;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * What is unknown in a closed request is named, with what is near it.
 */
final class UnknownMemberTest extends TestCase {

  public static function unknown(): array {
    return Cases::vectors('unknown-members');
  }

  /**
   * Pointer and sentence of each unknown member are those of the vectors.
   *
   * @dataProvider unknown
   */
  #[DataProvider('unknown')]
  public function testUnknown(\stdClass $case): void {
    $expected = array_map(static fn (\stdClass $error): array => (array) $error, $case->unknown);
    $this->assertSame($expected, (new Contracts())->errors($case->request, $case->document));
  }

}
