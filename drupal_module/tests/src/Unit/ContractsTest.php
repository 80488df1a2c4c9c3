<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Contract\SchemaValidator;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * The module's validator reads the contracts as the sidecar's does.
 */
final class ContractsTest extends TestCase {

  public static function examples(): array {
    return Cases::examples();
  }

  public static function schemas(): array {
    $found = [];
    foreach (glob(Cases::CONTRACTS . '/*.schema.json') as $path) {
      $found[basename($path)] = [$path];
    }
    return $found;
  }

  /**
   * Valid examples pass, invalid ones are found, with a pointer to the place.
   *
   * @dataProvider examples
   */
  #[DataProvider('examples')]
  public function testExample(string $document, string $path): void {
    $errors = (new Contracts())->errors(Cases::load($path), $document);
    if (str_starts_with(basename($path), 'valid')) {
      $this->assertSame([], $errors);
    }
    else {
      $this->assertNotSame([], $errors);
    }
  }

  /**
   * The copy in the module, which is all that a site has, is the same.
   *
   * @dataProvider schemas
   */
  #[DataProvider('schemas')]
  public function testCopyIsTheSame(string $path): void {
    $this->assertFileEquals($path, __DIR__ . '/../../../contracts/' . basename($path), 'Copy contracts/*.schema.json to drupal_module/contracts/.');
  }

  /**
   * No keyword of the contracts is passed over.
   *
   * @dataProvider schemas
   */
  #[DataProvider('schemas')]
  public function testEveryKeywordIsKnown(string $path): void {
    $this->assertSame([], SchemaValidator::unsupported(Cases::load($path)));
  }

}
