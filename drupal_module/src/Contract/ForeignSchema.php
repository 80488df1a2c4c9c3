<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * Bounds on schemas and values that a site, a model or a program wrote.
 *
 * A schema is bounded by how often it looks at one place of a value, not by
 * its length: 26 nested "anyOf" that refer to each other are 67 million looks.
 * The sidecar does the same (tools/bounds.py), and
 * contracts/vectors/foreign-schemas binds. Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class ForeignSchema {

  private const MAX_DEPTH = 64;
  private const MAX_VALUES = 20_000;
  private const MAX_CHARACTERS = 1_000_000;
  private const MAX_SCHEMA_CHARACTERS = 100_000;
  private const MAX_LOOKS = 20_000;
  private const MAX_CHAIN = 100;
  private const META_LOOKS = 20;

  private const SAME_PLACE = ['not', 'if', 'then', 'else'];
  private const SAME_PLACE_LISTS = ['allOf', 'anyOf', 'oneOf'];
  private const SAME_PLACE_MAPS = ['dependentSchemas', 'dependencies'];
  private const MEMBERS = ['patternProperties', 'additionalProperties', 'unevaluatedProperties', 'propertyNames'];
  private const ITEMS = ['prefixItems', 'items', 'additionalItems', 'unevaluatedItems', 'contains'];
  private const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef'];

  /**
   * Looks, by schema and level.
   *
   * @var array<string, int>
   */
  private array $counted = [];

  /**
   * Schemas that are being counted.
   *
   * @var array<string, true>
   */
  private array $chain = [];

  /**
   * Schemas by the name of an anchor.
   *
   * @var array<string, \stdClass>
   */
  private array $anchors = [];

  private function __construct(private readonly \stdClass $root) {}

  /**
   * Why a schema cannot be used, as a part of a sentence; NULL when it can.
   */
  public static function problem(\stdClass $schema): ?string {
    $text = json_encode($schema, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
    if ($text === FALSE || mb_strlen($text) > self::MAX_SCHEMA_CHARACTERS) {
      return sprintf('it has more than %d characters', self::MAX_SCHEMA_CHARACTERS);
    }
    $problem = self::valueProblem($schema);
    if ($problem !== NULL) {
      return $problem;
    }
    try {
      (new self($schema))->count();
    }
    catch (\UnexpectedValueException $exception) {
      return lcfirst(rtrim($exception->getMessage(), '.'));
    }
    return NULL;
  }

  /**
   * Why a value is too large or too deep; NULL when it is fine.
   */
  public static function valueProblem(mixed $value): ?string {
    $values = $characters = 0;
    $waiting = [[$value, 0]];
    while ($waiting !== []) {
      [$item, $depth] = array_pop($waiting);
      if ($depth > self::MAX_DEPTH) {
        return sprintf('it is nested more than %d levels deep', self::MAX_DEPTH);
      }
      foreach ($item instanceof \stdClass ? array_keys(get_object_vars($item)) : (is_string($item) ? [$item] : []) as $text) {
        $characters += mb_strlen((string) $text);
      }
      foreach ($item instanceof \stdClass || is_array($item) ? (array) $item : [] as $inner) {
        $waiting[] = [$inner, $depth + 1];
      }
      if (++$values + count($waiting) > self::MAX_VALUES) {
        return sprintf('it holds more than %d values', self::MAX_VALUES);
      }
      if ($characters > self::MAX_CHARACTERS) {
        return sprintf('its texts have more than %d characters', self::MAX_CHARACTERS);
      }
    }
    return NULL;
  }

  private function count(): void {
    $this->know($this->root);
    for ($level = 0; $level <= self::MAX_DEPTH && $this->at($this->root, $level) > 0; $level++);
  }

  /**
   * Remembers anchors, and tries the patterns.
   */
  private function know(mixed $schema): void {
    if (!$schema instanceof \stdClass) {
      return;
    }
    $id = $schema->{'$id'} ?? NULL;
    foreach ([
      $schema->{'$anchor'} ?? NULL,
      $schema->{'$dynamicAnchor'} ?? NULL,
      is_string($id) && str_starts_with($id, '#') ? substr($id, 1) : NULL,
    ] as $name) {
      if (is_string($name)) {
        $this->anchors[$name] = $schema;
      }
    }
    $names = ($schema->patternProperties ?? NULL) instanceof \stdClass ? array_keys(get_object_vars($schema->patternProperties)) : [];
    foreach ([...array_map(strval(...), $names), ...(is_string($schema->pattern ?? NULL) ? [$schema->pattern] : [])] as $pattern) {
      EcmaPattern::fits($pattern, '');
    }
    foreach (get_object_vars($schema) as $keyword => $value) {
      array_map($this->know(...), self::within((string) $keyword, $value));
    }
  }

  /**
   * The schemas right within a keyword.
   */
  private static function within(string $keyword, mixed $value): array {
    $schemas = match (TRUE) {
      in_array($keyword, [
        ...self::SAME_PLACE,
        'additionalProperties',
        'unevaluatedProperties',
        'propertyNames',
        ...array_diff(self::ITEMS, ['prefixItems']),
      ], TRUE) && !is_array($value) => [$value],
      in_array($keyword, [...self::SAME_PLACE_LISTS, 'prefixItems', 'items'], TRUE) && is_array($value) => $value,
      in_array($keyword, [...self::SAME_PLACE_MAPS, 'properties', 'patternProperties', '$defs', 'definitions'], TRUE) && $value instanceof \stdClass => array_values(get_object_vars($value)),
      default => [],
    };
    return array_values(array_filter($schemas, static fn (mixed $schema): bool => $schema instanceof \stdClass || is_bool($schema)));
  }

  /**
   * Looks at the worst place so many levels below the value it applies to.
   */
  private function at(mixed $schema, int $level): int {
    if (!$schema instanceof \stdClass) {
      return (int) ($level === 0);
    }
    $key = spl_object_id($schema) . ":$level";
    if (isset($this->counted[$key])) {
      return $this->counted[$key];
    }
    if (isset($this->chain[$key])) {
      throw new \UnexpectedValueException('It refers to itself at the same place, without an end.');
    }
    if (count($this->chain) >= self::MAX_CHAIN) {
      throw new \UnexpectedValueException(sprintf('More than %d of its references follow each other.', self::MAX_CHAIN));
    }
    $this->chain[$key] = TRUE;
    $found = $this->looks($schema, $level);
    unset($this->chain[$key]);
    if ($found > self::MAX_LOOKS) {
      throw new \UnexpectedValueException(sprintf('It looks at one place of a value more than %d times: its references branch.', self::MAX_LOOKS));
    }
    return $this->counted[$key] = $found;
  }

  private function looks(\stdClass $schema, int $level): int {
    $found = (int) ($level === 0);
    foreach ([...self::SAME_PLACE, ...self::SAME_PLACE_LISTS, ...self::SAME_PLACE_MAPS] as $keyword) {
      $found += array_sum($this->each($schema, $keyword, $level));
    }
    foreach (self::REFERENCES as $keyword) {
      if (is_string($schema->{$keyword} ?? NULL)) {
        $target = $this->target($schema->{$keyword});
        $found += $target === NULL ? self::META_LOOKS : $this->at($target, $level);
      }
    }
    return $level === 0 ? $found : $found + max($this->members($schema, $level - 1), $this->items($schema, $level - 1));
  }

  private function members(\stdClass $schema, int $level): int {
    $found = max([0, ...$this->each($schema, 'properties', $level)]);
    foreach (self::MEMBERS as $keyword) {
      $found += array_sum($this->each($schema, $keyword, $level));
    }
    return $found;
  }

  private function items(\stdClass $schema, int $level): int {
    return array_sum(array_map(fn (string $keyword): int => max([0, ...$this->each($schema, $keyword, $level)]), self::ITEMS));
  }

  /**
   * Counts the looks of each subschema under a keyword.
   *
   * @return int[]
   */
  private function each(\stdClass $schema, string $keyword, int $level): array {
    return isset($schema->{$keyword}) ? array_map(fn (mixed $inner): int => $this->at($inner, $level), self::within($keyword, $schema->{$keyword})) : [];
  }

  /**
   * What a reference leads to; NULL for the standard's own schemas.
   *
   * Nothing is ever fetched.
   */
  private function target(string $reference): \stdClass|bool|null {
    [$document, $fragment] = explode('#', $reference, 2) + [1 => ''];
    if (str_starts_with($document, 'https://json-schema.org/') || str_starts_with($document, 'http://json-schema.org/')) {
      return NULL;
    }
    $target = $document === '' || $document === ($this->root->{'$id'} ?? NULL) ? $this->root : NULL;
    if ($fragment !== '' && $fragment[0] !== '/') {
      $target = $target === NULL ? NULL : $this->anchors[$fragment] ?? NULL;
    }
    foreach ($fragment !== '' && $fragment[0] === '/' ? explode('/', substr($fragment, 1)) : [] as $part) {
      $part = str_replace(['~1', '~0'], ['/', '~'], rawurldecode($part));
      $target = is_array($target) ? $target[$part] ?? NULL : $target?->{$part} ?? NULL;
    }
    if (!$target instanceof \stdClass && !is_bool($target)) {
      throw new \UnexpectedValueException("It refers to \"$reference\", which it does not hold (schemas are never fetched).");
    }
    return $target;
  }

}
