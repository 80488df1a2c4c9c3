<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * The documents that travel between Drupal and the sidecar, by their schemas.
 *
 * Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class Contracts {

  private const BASE = 'https://www.drupal.org/project/background_agents/contracts/v1/';

  /**
   * Schemas by $id.
   *
   * @var array<string, \stdClass>|null
   */
  private ?array $schemas = NULL;

  /**
   * Constructs a Contracts object.
   *
   * @param string $directory
   *   Where the *.schema.json are; by default the module's own copy.
   */
  public function __construct(
    private readonly string $directory = __DIR__ . '/../../contracts',
  ) {}

  /**
   * Validates a document.
   *
   * @param mixed $document
   *   Decoded with objects as \stdClass.
   * @param string $name
   *   Name of the contract, such as "event", or of a part of it, such as
   *   "draft#/$defs/request".
   *
   * @return array<array{pointer: string, detail: string}>
   *   What is wrong; empty when it is valid.
   */
  public function errors(mixed $document, string $name): array {
    [$file, $fragment] = explode('#', $name, 2) + [1 => ''];
    $reference = self::BASE . "$file.json" . ($fragment === '' ? '' : "#$fragment");
    return (new SchemaValidator($this->schemas()))->validate($document, (object) ['$ref' => $reference]);
  }

  /**
   * Reads the schemas once.
   *
   * @return array<string, \stdClass>
   */
  private function schemas(): array {
    if ($this->schemas === NULL) {
      $this->schemas = [];
      foreach (glob($this->directory . '/*.schema.json') as $file) {
        $schema = json_decode(file_get_contents($file), FALSE, 512, JSON_THROW_ON_ERROR);
        $this->schemas[$schema->{'$id'}] = $schema;
      }
    }
    return $this->schemas;
  }

}
