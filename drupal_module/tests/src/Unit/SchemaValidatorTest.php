<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Contract\SchemaValidator;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * The validator that agents' own input schemas go through.
 */
final class SchemaValidatorTest extends TestCase {

  /**
   * Schema, value, and the pointer of the first error; NULL: valid.
   */
  public static function cases(): array {
    $person = '{"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 1}, "age": {"type": "integer", "minimum": 0}}, "additionalProperties": false}';
    $tree = '{"$defs": {"node": {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}, "required": ["id"]}}, "$ref": "#/$defs/node"}';
    return [
      'fits' => [$person, '{"name": "Ada", "age": 36}', NULL],
      'missing' => [$person, '{}', ''],
      'empty list is no object' => [$person, '[]', ''],
      'too short' => [$person, '{"name": ""}', '/name'],
      'one point zero is an integer' => [$person, '{"name": "Ada", "age": 36.0}', NULL],
      'half is no integer' => [$person, '{"name": "Ada", "age": 36.5}', '/age'],
      'true is no integer' => [$person, '{"name": "Ada", "age": true}', '/age'],
      'unknown member' => [$person, '{"name": "Ada", "a/b~c": 1}', '/a~1b~0c'],
      'length counts characters' => ['{"maxLength": 2}', '"äö"', NULL],
      'pattern is not anchored' => ['{"pattern": "b+"}', '"abbc"', NULL],
      'dollar is the very end' => ['{"pattern": "^a$"}', '"a\n"', ''],
      'tilde in a pattern' => ['{"pattern": "^~$"}', '"~"', NULL],
      'enum compares types' => ['{"enum": [1, "a", null, {"x": 1}]}', '"1"', ''],
      'enum of objects' => ['{"enum": [{"x": 1, "y": 2}]}', '{"y": 2, "x": 1}', NULL],
      'one is one point zero' => ['{"const": 1}', '1.0', NULL],
      'zero is not false' => ['{"const": 0}', 'false', ''],
      'unique' => ['{"uniqueItems": true}', '[{"a": 1, "b": 2}, {"b": 2, "a": 1}]', ''],
      'prefix items' => ['{"prefixItems": [{"type": "string"}], "items": {"type": "integer"}}', '["a", 1, "b"]', '/2'],
      'contains' => ['{"contains": {"const": 1}}', '[2, 3]', ''],
      'any of' => ['{"anyOf": [{"type": "string"}, {"minimum": 5}]}', '3', ''],
      'one of, two fit' => ['{"oneOf": [{"type": "integer"}, {"minimum": 5}]}', '7', ''],
      'not' => ['{"not": {"type": "null"}}', 'null', ''],
      'if then' => ['{"if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "then": {"required": ["b"]}}', '{"a": 1}', ''],
      'if else' => ['{"if": {"type": "string"}, "then": {"minLength": 1}, "else": {"type": "integer"}}', '[]', ''],
      'pattern properties' => ['{"patternProperties": {"^n_": {"type": "integer"}}, "additionalProperties": {"type": "string"}}', '{"n_a": 1, "b": 2}', '/b'],
      'property names' => ['{"propertyNames": {"pattern": "^[a-z]+$"}}', '{"A": 1}', '/A'],
      'dependent required' => ['{"dependentRequired": {"a": ["b"]}}', '{"a": 1}', ''],
      'false allows nothing' => ['{"properties": {"a": false}}', '{"a": 1}', '/a'],
      'multiple of' => ['{"multipleOf": 0.1}', '0.3', NULL],
      'recursive' => [$tree, '{"id": 1, "children": [{"id": 2, "children": [{}]}]}', '/children/0/children/0'],
      'number keys' => ['{"additionalProperties": {"type": "string"}}', '{"1": 2}', '/1'],
    ];
  }

  /**
   * @dataProvider cases
   */
  #[DataProvider('cases')]
  public function testValidate(string $schema, string $value, ?string $pointer): void {
    $errors = (new SchemaValidator())->validate(json_decode($value), json_decode($schema));
    $this->assertSame($pointer, $errors[0]['pointer'] ?? NULL, json_encode($errors));
  }

  /**
   * A keyword that would be passed over is named.
   */
  public function testUnsupported(): void {
    $schema = json_decode('{"type": "object", "properties": {"a": {"unevaluatedItems": false, "format": "uri"}}, "$dynamicRef": "#x"}');
    $this->assertSame(['unevaluatedItems', '$dynamicRef'], SchemaValidator::unsupported($schema));
  }

  /**
   * A schema that refers to nothing, or to itself for ever, ends with a sentence.
   */
  public function testUnusableSchemas(): void {
    foreach (['{"$ref": "#/$defs/none"}', '{"$ref": "https://example.org/none"}', '{"$ref": "#"}', '{"pattern": "("}', '{"type": "text"}'] as $schema) {
      try {
        (new SchemaValidator())->validate('a', json_decode($schema));
        $this->fail("$schema was used.");
      }
      catch (\UnexpectedValueException $exception) {
        $this->assertStringContainsString('schema', $exception->getMessage());
      }
    }
  }

}
