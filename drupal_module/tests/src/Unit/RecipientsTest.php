<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Notice\Recipients;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * Who is told by mail when a run waits for a person.
 */
final class RecipientsTest extends TestCase {

  public static function settings(): array {
    $addresses = ['a@example.com', 'B@example.com'];
    return [
      'nothing is set' => [[], []],
      'nobody' => [['to' => 'nobody', 'addresses' => $addresses], []],
      'the site' => [['to' => 'site', 'addresses' => $addresses], ['site@example.com']],
      'addresses' => [['to' => 'addresses', 'addresses' => $addresses], $addresses],
      'addresses, but none' => [['to' => 'addresses'], []],
      'each once' => [['to' => 'addresses', 'addresses' => [...$addresses, 'b@example.com ']], $addresses],
    ];
  }

  /**
   * Each address once, and nobody who was not named.
   *
   * @dataProvider settings
   */
  #[DataProvider('settings')]
  public function testOf(array $settings, array $expected): void {
    $this->assertSame($expected, Recipients::of($settings, 'site@example.com'));
  }

  /**
   * A site without an address.
   */
  public function testEmpty(): void {
    $this->assertSame([], Recipients::of(['to' => 'site'], ''));
  }

}
