<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * Finds the mistakes that people make in a JSON Schema of an object.
 *
 * Not a meta-schema: it looks at what a form or a model would stumble over.
 * Keywords that it does not know are fine.
 *
 * @internal
 */
final class SchemaCheck {

  private const TYPES = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'];

  /**
   * Checks a schema.
   *
   * @param \stdClass $schema
   *   The schema, decoded.
   *
   * @return string[]
   *   Sentences; none when nothing is wrong.
   */
  public static function problems(\stdClass $schema): array {
    $problems = [];
    if (($schema->type ?? NULL) !== 'object') {
      $problems[] = 'The schema has to describe an object: give it "type": "object".';
    }
    $problem = ForeignSchema::problem($schema);
    return array_merge($problems, self::check($schema, ''), $problem === NULL ? [] : ["The schema cannot be used: $problem."]);
  }

  /**
   * Checks a schema and those within it.
   */
  private static function check(\stdClass $schema, string $path): array {
    $problems = self::checkType($schema, $path);
    $properties = $schema->properties ?? NULL;
    if ($properties !== NULL && !$properties instanceof \stdClass) {
      $problems[] = sprintf('"properties" of %s has to be an object.', self::name($path));
      $properties = NULL;
    }
    foreach ((array) $properties as $key => $property) {
      $inner = $path === '' ? (string) $key : $path . '.' . $key;
      $problems = array_merge($problems, $property instanceof \stdClass ? self::check($property, $inner) : (is_bool($property) ? [] : [sprintf('The property "%s" has to be an object, such as {"type": "string"}.', $inner)]));
    }
    if (($schema->items ?? NULL) instanceof \stdClass) {
      $problems = array_merge($problems, self::check($schema->items, $path . '[]'));
    }
    return array_merge($problems, self::checkRequired($schema, (array) $properties, $path));
  }

  /**
   * Checks the keywords "type" and "enum".
   */
  private static function checkType(\stdClass $schema, string $path): array {
    $problems = [];
    foreach ((array) ($schema->type ?? []) as $type) {
      if (!in_array($type, self::TYPES, TRUE)) {
        $problems[] = sprintf('%s has the type "%s"; it may be one of: %s.', ucfirst(self::name($path)), is_scalar($type) ? $type : gettype($type), implode(', ', self::TYPES));
      }
    }
    if (isset($schema->enum) && (!is_array($schema->enum) || $schema->enum === [])) {
      $problems[] = sprintf('"enum" of %s has to be a list with at least one value.', self::name($path));
    }
    return $problems;
  }

  /**
   * Checks the keyword "required".
   */
  private static function checkRequired(\stdClass $schema, array $properties, string $path): array {
    $required = $schema->required ?? [];
    if (!is_array($required)) {
      return [sprintf('"required" of %s has to be a list of names.', self::name($path))];
    }
    $missing = $properties === [] ? [] : array_diff(array_filter($required, is_string(...)), array_keys($properties));
    return array_map(static fn (string $name): string => sprintf('"%s" is required, but it is not among the properties of %s.', $name, self::name($path)), array_values($missing));
  }

  private static function name(string $path): string {
    return $path === '' ? 'the schema' : '"' . $path . '"';
  }

}
