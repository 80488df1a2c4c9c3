<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * The keywords of JSON Schema that look at one value, each a function.
 *
 * A function returns what is wrong as sentences. Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class SchemaKeywords {

  /**
   * Keywords that SchemaValidator follows by itself.
   */
  public const STRUCTURE = [
    '$ref',
    'pattern',
    'allOf',
    'anyOf',
    'oneOf',
    'not',
    'if',
    'then',
    'else',
    'properties',
    'patternProperties',
    'additionalProperties',
    'propertyNames',
    'items',
    'prefixItems',
    'contains',
  ];

  /**
   * Keywords that say nothing about validity.
   */
  public const ANNOTATIONS = [
    '$schema',
    '$id',
    '$comment',
    '$defs',
    'title',
    'description',
    'default',
    'examples',
    'format',
    'deprecated',
    'readOnly',
    'writeOnly',
    'contentEncoding',
    'contentMediaType',
  ];

  /**
   * The name of the function for a keyword.
   */
  public static function method(string $keyword): string {
    return 'keyword' . ucfirst(ltrim($keyword, '$'));
  }

  public static function keywordType(mixed $value, string|array $types): array {
    foreach ((array) $types as $type) {
      if (self::isOfType($value, $type)) {
        return [];
      }
    }
    return ['This must be ' . implode(' or ', (array) $types) . ', not ' . self::typeOf($value) . '.'];
  }

  public static function keywordEnum(mixed $value, array $allowed): array {
    foreach ($allowed as $candidate) {
      if (self::equal($value, $candidate)) {
        return [];
      }
    }
    return ['This must be one of ' . self::json($allowed) . '.'];
  }

  public static function keywordConst(mixed $value, mixed $expected): array {
    return self::equal($value, $expected) ? [] : ['This must be ' . self::json($expected) . '.'];
  }

  public static function keywordRequired(mixed $value, array $names): array {
    if (!$value instanceof \stdClass) {
      return [];
    }
    $missing = array_filter($names, static fn (string $name): bool => !property_exists($value, $name));
    return array_values(array_map(static fn (string $name): string => "\"$name\" is missing.", $missing));
  }

  public static function keywordDependentRequired(mixed $value, \stdClass $dependencies): array {
    $errors = [];
    foreach (get_object_vars($dependencies) as $name => $names) {
      if ($value instanceof \stdClass && property_exists($value, (string) $name)) {
        array_push($errors, ...self::keywordRequired($value, $names));
      }
    }
    return $errors;
  }

  public static function keywordMinProperties(mixed $value, int $least): array {
    return $value instanceof \stdClass && count((array) $value) < $least ? ["At least $least members are needed."] : [];
  }

  public static function keywordMaxProperties(mixed $value, int $most): array {
    return $value instanceof \stdClass && count((array) $value) > $most ? ["At most $most members are allowed."] : [];
  }

  public static function keywordMinItems(mixed $value, int $least): array {
    return is_array($value) && count($value) < $least ? ["At least $least items are needed."] : [];
  }

  public static function keywordMaxItems(mixed $value, int $most): array {
    return is_array($value) && count($value) > $most ? ["At most $most items are allowed."] : [];
  }

  public static function keywordUniqueItems(mixed $value, bool $unique): array {
    if (!$unique || !is_array($value)) {
      return [];
    }
    return count(array_unique(array_map(CanonicalJson::encode(...), $value))) < count($value) ? ['No item may be there twice.'] : [];
  }

  public static function keywordMinLength(mixed $value, int $least): array {
    return is_string($value) && mb_strlen($value, 'UTF-8') < $least ? ["At least $least characters are needed."] : [];
  }

  public static function keywordMaxLength(mixed $value, int $most): array {
    return is_string($value) && mb_strlen($value, 'UTF-8') > $most ? ["At most $most characters are allowed."] : [];
  }

  public static function keywordMinimum(mixed $value, int|float $least): array {
    return self::isNumber($value) && $value < $least ? ["This must be at least $least."] : [];
  }

  public static function keywordMaximum(mixed $value, int|float $most): array {
    return self::isNumber($value) && $value > $most ? ["This must be at most $most."] : [];
  }

  public static function keywordExclusiveMinimum(mixed $value, int|float $bound): array {
    return self::isNumber($value) && $value <= $bound ? ["This must be more than $bound."] : [];
  }

  public static function keywordExclusiveMaximum(mixed $value, int|float $bound): array {
    return self::isNumber($value) && $value >= $bound ? ["This must be less than $bound."] : [];
  }

  public static function keywordMultipleOf(mixed $value, int|float $unit): array {
    if (!self::isNumber($value)) {
      return [];
    }
    $quotient = $value / $unit;
    return abs($quotient - round($quotient)) > 1e-9 ? ["This must be a multiple of $unit."] : [];
  }

  private static function isNumber(mixed $value): bool {
    return is_int($value) || is_float($value);
  }

  private static function isOfType(mixed $value, string $type): bool {
    return match ($type) {
      'object' => $value instanceof \stdClass,
      'array' => is_array($value),
      'string' => is_string($value),
      'integer' => is_int($value) || (is_float($value) && is_finite($value) && floor($value) === $value),
      'number' => self::isNumber($value),
      'boolean' => is_bool($value),
      'null' => $value === NULL,
      default => throw new \UnexpectedValueException("The schema names a type \"$type\", which is none."),
    };
  }

  private static function typeOf(mixed $value): string {
    return match (TRUE) {
      $value instanceof \stdClass => 'object',
      is_array($value) => 'array',
      is_string($value) => 'string',
      is_int($value) => 'integer',
      is_float($value) => 'number',
      is_bool($value) => 'boolean',
      default => 'null',
    };
  }

  private static function equal(mixed $one, mixed $other): bool {
    if (self::isNumber($one) && self::isNumber($other)) {
      return $one == $other;
    }
    return gettype($one) === gettype($other) && (is_scalar($one) || $one === NULL ? $one === $other : CanonicalJson::encode($one) === CanonicalJson::encode($other));
  }

  private static function json(mixed $value): string {
    return json_encode($value, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
  }

}
