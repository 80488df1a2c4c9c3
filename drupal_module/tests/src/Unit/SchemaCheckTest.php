<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Contract\SchemaCheck;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * What the form of an agent says about schemas.
 */
final class SchemaCheckTest extends TestCase {

  /**
   * A schema, and a piece of each sentence that is expected.
   */
  public static function schemas(): array {
    return [
      'fine' => ['{"type": "object", "properties": {"a": {"type": ["string", "null"]}, "b": {"type": "array", "items": {"type": "object"}}}, "required": ["a"], "x-own": 1}', []],
      'no type' => ['{"properties": {}}', ['"type": "object"']],
      'another type' => ['{"type": "array"}', ['"type": "object"']],
      'misspelt type' => ['{"type": "object", "properties": {"a": {"type": "strng"}}}', ['"a" has the type "strng"']],
      'deep' => ['{"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"type": "text"}}}}}', ['"a.b" has the type "text"']],
      'in a list' => ['{"type": "object", "properties": {"a": {"type": "array", "items": {"type": "text"}}}}', ['"a[]" has the type "text"']],
      'required but not there' => ['{"type": "object", "properties": {"a": {}}, "required": ["b"]}', ['"b" is required']],
      'required is no list' => ['{"type": "object", "required": true}', ['"required" of the schema has to be a list']],
      'properties is a list' => ['{"type": "object", "properties": ["a"]}', ['"properties" of the schema has to be an object']],
      'a property is a text' => ['{"type": "object", "properties": {"a": "string"}}', ['The property "a" has to be an object']],
      'empty enum' => ['{"type": "object", "properties": {"a": {"enum": []}}}', ['"enum" of "a"']],
    ];
  }

  /**
   * Each mistake gets one sentence that names its place.
   *
   * @dataProvider schemas
   */
  #[DataProvider('schemas')]
  public function testProblems(string $schema, array $pieces): void {
    $problems = SchemaCheck::problems(json_decode($schema, FALSE, 512, JSON_THROW_ON_ERROR));
    $this->assertCount(count($pieces), $problems, implode(' ', $problems));
    foreach ($pieces as $i => $piece) {
      $this->assertStringContainsString($piece, $problems[$i]);
    }
  }

}
