<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * Turns a table of fields into a JSON Schema (2020-12), and back.
 *
 * Back only when nothing is lost: a schema that says more than the table can
 * is never shown as a table. Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class SchemaFields {

  /**
   * The schema of an object with these fields.
   *
   * @param \Drupal\background_agents\Contract\SchemaField[] $fields
   *   The fields, in the order in which they are shown.
   */
  public static function schema(array $fields): \stdClass {
    $schema = (object) ['type' => 'object', 'properties' => new \stdClass()];
    $required = [];
    foreach ($fields as $field) {
      $schema->properties->{$field->name} = $field->schema();
      if ($field->required) {
        $required[] = $field->name;
      }
    }
    if ($required !== []) {
      $schema->required = $required;
    }
    return $schema;
  }

  /**
   * The schema as people read it.
   *
   * @param \Drupal\background_agents\Contract\SchemaField[] $fields
   *   The fields.
   */
  public static function text(array $fields): string {
    $text = json_encode(self::schema($fields), Json::FLAGS | JSON_PRETTY_PRINT);
    // Two spaces a step; texts in JSON have no line breaks.
    return (string) preg_replace_callback('/^ +/m', static fn (array $found): string => substr($found[0], 0, intdiv(strlen($found[0]), 2)), $text);
  }

  /**
   * The fields of a schema; NULL when the table cannot say all of it.
   *
   * @return \Drupal\background_agents\Contract\SchemaField[]|null
   *   The fields.
   */
  public static function of(\stdClass $schema): ?array {
    return self::obstacle($schema) === NULL ? self::fields($schema) : NULL;
  }

  /**
   * What the table cannot say; NULL: it can say all.
   */
  public static function obstacle(\stdClass $schema): ?string {
    $properties = $schema->properties ?? NULL;
    if (($schema->type ?? NULL) !== 'object' || !$properties instanceof \stdClass || (array) $properties === []) {
      return 'it does not describe an object with fields';
    }
    foreach (array_keys(get_object_vars($schema)) as $keyword) {
      if (!in_array($keyword, ['type', 'properties', 'required'], TRUE)) {
        return sprintf('"%s"', $keyword);
      }
    }
    foreach (get_object_vars($properties) as $name => $property) {
      $problem = self::propertyObstacle((string) $name, $property);
      if ($problem !== NULL) {
        return $problem;
      }
    }
    $required = $schema->required ?? [];
    if (!is_array($required) || array_filter($required, is_string(...)) !== $required || count(array_unique($required)) < count($required) || array_diff($required, array_keys(get_object_vars($properties))) !== []) {
      return '"required" is not a list of its fields';
    }
    return NULL;
  }

  /**
   * What the table cannot say of a property; NULL: it can say all.
   */
  private static function propertyObstacle(string $name, mixed $property): ?string {
    if (!$property instanceof \stdClass) {
      return sprintf('the field "%s" has no type', $name);
    }
    $known = ['type', 'title', 'description', 'format', 'enum', 'items', 'maxLength'];
    $unknown = array_diff(array_map(strval(...), array_keys(get_object_vars($property))), $known);
    if ($unknown !== []) {
      return sprintf('"%s" of the field "%s"', reset($unknown), $name);
    }
    $type = SchemaFieldType::of($property);
    if ($type === NULL) {
      return sprintf('the type of the field "%s"', $name);
    }
    $field = SchemaField::of($name, $type, FALSE, $property);
    $problems = $field->problems();
    if (isset($problems['name'])) {
      return sprintf('the name of the field "%s"', $name);
    }
    if ($problems !== [] || $field->name !== $name || CanonicalJson::encode($field->schema()) !== CanonicalJson::encode($property)) {
      return sprintf('what the field "%s" says of its %s', $name, implode(', ', self::differences($field, $property)));
    }
    return NULL;
  }

  /**
   * The keywords that would not be the same, or would be a mistake.
   *
   * @return string[]
   *   At least one.
   */
  private static function differences(SchemaField $field, \stdClass $property): array {
    $written = $field->schema();
    $names = array_keys(get_object_vars($property) + get_object_vars($written));
    $differing = array_filter($names, static fn (string $keyword): bool => CanonicalJson::encode([$property->{$keyword} ?? NULL]) !== CanonicalJson::encode([$written->{$keyword} ?? NULL]));
    return array_values($differing) ?: array_keys($field->problems()) ?: ['keywords'];
  }

  /**
   * The fields of a schema that the table can say.
   *
   * @return \Drupal\background_agents\Contract\SchemaField[]
   *   In the order of the schema.
   */
  private static function fields(\stdClass $schema): array {
    $fields = [];
    foreach (get_object_vars($schema->properties) as $name => $property) {
      $type = SchemaFieldType::of($property);
      assert($type !== NULL);
      $fields[] = SchemaField::of((string) $name, $type, in_array($name, $schema->required ?? [], TRUE), $property);
    }
    return $fields;
  }

}
