<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

/**
 * Loads examples and vectors of contracts/ as the data of tests.
 */
final class Cases {

  public const CONTRACTS = __DIR__ . '/../../../../contracts';

  /**
   * Decodes a file; objects as \stdClass, so that {} and [] stay apart.
   */
  public static function load(string $path): mixed {
    return json_decode(file_get_contents($path), FALSE, 512, JSON_THROW_ON_ERROR);
  }

  /**
   * The cases of a vector document, by id.
   *
   * @return array<string, array{\stdClass}>
   */
  public static function vectors(string $name, string $part = 'cases'): array {
    $found = [];
    foreach (self::load(self::CONTRACTS . "/vectors/$name.json")->{$part} as $case) {
      $found[$case->id] = [$case];
    }
    return $found;
  }

  /**
   * All examples: name of the document, path of the file.
   *
   * @return array<string, array{string, string}>
   */
  public static function examples(): array {
    $found = [];
    foreach (glob(self::CONTRACTS . '/examples/*/*.json') as $path) {
      $document = basename(dirname($path));
      $found[$document . '/' . basename($path, '.json')] = [$document, $path];
    }
    return $found;
  }

}
