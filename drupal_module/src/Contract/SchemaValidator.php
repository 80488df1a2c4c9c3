<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * Validates values against JSON Schema 2020-12, the part that is used here.
 *
 * Values and schemas are decoded with objects as \stdClass, so that `{}` and
 * `[]` stay apart. `format` is an annotation, as the draft says. unsupported()
 * names the keywords of a schema that would not be looked at. Pure: no Drupal,
 * PHP 8.2.
 *
 * @internal
 */
final class SchemaValidator {

  /**
   * More errors than this are not collected.
   */
  private const MAX_ERRORS = 20;

  /**
   * Schemas within each other, applied to values within each other.
   */
  private const MAX_DEPTH = 1000;

  /**
   * Keywords whose value is one schema, a list of schemas, or a map of schemas.
   */
  private const SUBSCHEMAS = ['additionalProperties', 'propertyNames', 'items', 'contains', 'not', 'if', 'then', 'else'];
  private const SUBSCHEMA_LISTS = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
  private const SUBSCHEMA_MAPS = ['properties', 'patternProperties', '$defs'];

  /**
   * What was found so far.
   *
   * @var array<array{pointer: string, detail: string}>
   */
  private array $errors = [];

  /**
   * How deep the value is that is being checked.
   */
  private int $depth = 0;

  /**
   * The schemas that `#/...` points into: the document entered last.
   *
   * @var \stdClass[]
   */
  private array $documents = [];

  /**
   * Constructs a SchemaValidator object.
   *
   * @param array<string, \stdClass> $registry
   *   Schemas by their $id, for absolute references.
   * @param \Drupal\background_agents\Contract\WorkBudget|null $budget
   *   What it may cost, for schemas that others wrote; NULL: anything.
   */
  public function __construct(
    private readonly array $registry = [],
    private readonly ?WorkBudget $budget = NULL,
  ) {}

  /**
   * Validates a value by a schema that a site, a model or a program wrote.
   *
   * @return array<array{pointer: string, detail: string}>
   *   What is wrong; empty when it is valid.
   *
   * @throws \UnexpectedValueException
   *   When the schema cannot be used.
   */
  public static function validateForeign(mixed $value, \stdClass $schema): array {
    $problem = ForeignSchema::problem($schema);
    if ($problem !== NULL) {
      throw new \UnexpectedValueException("The schema cannot be used: $problem.");
    }
    $problem = ForeignSchema::valueProblem($value);
    if ($problem !== NULL) {
      return [['pointer' => '', 'detail' => 'This is too much: ' . $problem . '.']];
    }
    try {
      return (new self([], new WorkBudget()))->validate($value, $schema);
    }
    catch (TooMuchWork $exception) {
      return [['pointer' => '', 'detail' => $exception->getMessage()]];
    }
  }

  /**
   * Validates a value.
   *
   * @return array<array{pointer: string, detail: string}>
   *   What is wrong, with JSON pointers into the value; empty when it is valid.
   *
   * @throws \UnexpectedValueException
   *   When the schema itself cannot be used, such as a reference to nothing.
   */
  public function validate(mixed $value, \stdClass $schema): array {
    $this->errors = [];
    $this->depth = 0;
    $this->documents = [$schema];
    $this->check($value, $schema, '');
    return array_slice($this->errors, 0, self::MAX_ERRORS);
  }

  /**
   * The keywords of a schema that this validator does not know.
   *
   * @return string[]
   */
  public static function unsupported(\stdClass $schema): array {
    $unknown = [];
    foreach (get_object_vars($schema) as $keyword => $value) {
      if (!in_array($keyword, SchemaKeywords::ANNOTATIONS, TRUE) && !method_exists(SchemaKeywords::class, SchemaKeywords::method($keyword)) && !in_array($keyword, SchemaKeywords::STRUCTURE, TRUE)) {
        $unknown[] = (string) $keyword;
      }
      foreach (self::subschemas((string) $keyword, $value) as $sub) {
        array_push($unknown, ...self::unsupported($sub));
      }
    }
    return array_values(array_unique($unknown));
  }

  /**
   * Returns the schemas inside the value of a keyword.
   *
   * @return \stdClass[]
   */
  private static function subschemas(string $keyword, mixed $value): array {
    $candidates = match (TRUE) {
      in_array($keyword, self::SUBSCHEMAS, TRUE) => [$value],
      in_array($keyword, self::SUBSCHEMA_LISTS, TRUE), in_array($keyword, self::SUBSCHEMA_MAPS, TRUE) => array_values((array) $value),
      default => [],
    };
    return array_filter($candidates, static fn (mixed $candidate): bool => $candidate instanceof \stdClass);
  }

  private function check(mixed $value, \stdClass|bool $schema, string $pointer): void {
    if (is_bool($schema)) {
      if (!$schema) {
        $this->error($pointer, 'Nothing is allowed here.');
      }
      return;
    }
    $this->budget?->spend();
    if (++$this->depth > self::MAX_DEPTH) {
      throw new \UnexpectedValueException('The schema or the value is nested too deeply.');
    }
    $this->checkKeywords($value, $schema, $pointer);
    $this->depth--;
  }

  private function checkKeywords(mixed $value, \stdClass $schema, string $pointer): void {
    foreach (get_object_vars($schema) as $keyword => $argument) {
      $method = SchemaKeywords::method((string) $keyword);
      if (method_exists(SchemaKeywords::class, $method)) {
        foreach (SchemaKeywords::$method($value, $argument) as $detail) {
          $this->error($pointer, $detail);
        }
      }
    }
    if (isset($schema->pattern) && is_string($value) && !$this->fits($schema->pattern, $value)) {
      $this->error($pointer, "This does not fit the pattern {$schema->pattern}.");
    }
    if (isset($schema->{'$ref'})) {
      $this->checkReference($value, $schema->{'$ref'}, $pointer);
    }
    $this->checkCombined($value, $schema, $pointer);
    if ($value instanceof \stdClass) {
      $this->checkMembers($value, $schema, $pointer);
    }
    elseif (is_array($value)) {
      $this->checkItems($value, $schema, $pointer);
    }
  }

  private function checkReference(mixed $value, string $reference, string $pointer): void {
    [$id, $fragment] = explode('#', $reference, 2) + [1 => ''];
    $document = $id === '' ? $this->documents[array_key_last($this->documents)] : ($this->registry[$id] ?? throw new \UnexpectedValueException("The schema refers to $id, which is not there."));
    $target = $document;
    foreach ($fragment === '' ? [] : explode('/', ltrim($fragment, '/')) as $part) {
      $part = str_replace(['~1', '~0'], ['/', '~'], rawurldecode($part));
      $target = (is_array($target) ? $target[$part] ?? NULL : $target->{$part} ?? NULL) ?? throw new \UnexpectedValueException("The schema refers to $reference, which is not there.");
    }
    $this->documents[] = $document;
    $this->check($value, $target, $pointer);
    array_pop($this->documents);
  }

  private function checkCombined(mixed $value, \stdClass $schema, string $pointer): void {
    foreach ($schema->allOf ?? [] as $sub) {
      $this->check($value, $sub, $pointer);
    }
    if (isset($schema->anyOf) && $this->countMatches($value, $schema->anyOf) === 0) {
      $this->error($pointer, 'None of the allowed forms fits: ' . $this->firstError($value, $schema->anyOf));
    }
    if (isset($schema->oneOf) && ($matches = $this->countMatches($value, $schema->oneOf)) !== 1) {
      $this->error($pointer, $matches === 0 ? 'None of the allowed forms fits: ' . $this->firstError($value, $schema->oneOf) : "$matches of the allowed forms fit, exactly one must.");
    }
    if (isset($schema->not) && $this->matches($value, $schema->not)) {
      $this->error($pointer, 'This value is not allowed here.');
    }
    if (isset($schema->if)) {
      $branch = $this->matches($value, $schema->if) ? $schema->then ?? TRUE : $schema->else ?? TRUE;
      $this->check($value, $branch, $pointer);
    }
  }

  private function checkMembers(\stdClass $value, \stdClass $schema, string $pointer): void {
    foreach (get_object_vars($value) as $name => $member) {
      $name = (string) $name;
      $at = $pointer . '/' . str_replace(['~', '/'], ['~0', '~1'], $name);
      if (isset($schema->propertyNames) && !$this->matches($name, $schema->propertyNames)) {
        $this->error($at, "The name \"$name\" is not allowed.");
      }
      $known = FALSE;
      if (property_exists($schema->properties ?? new \stdClass(), $name)) {
        $known = TRUE;
        $this->check($member, $schema->properties->{$name}, $at);
      }
      foreach ($schema->patternProperties ?? [] as $pattern => $sub) {
        if ($this->fits((string) $pattern, $name)) {
          $known = TRUE;
          $this->check($member, $sub, $at);
        }
      }
      if (!$known && isset($schema->additionalProperties)) {
        $schema->additionalProperties === FALSE ? $this->error($at, UnknownMember::detail($name, array_keys((array) ($schema->properties ?? [])))) : $this->check($member, $schema->additionalProperties, $at);
      }
    }
  }

  private function checkItems(array $value, \stdClass $schema, string $pointer): void {
    $prefix = $schema->prefixItems ?? [];
    foreach ($value as $index => $item) {
      if (isset($prefix[$index])) {
        $this->check($item, $prefix[$index], "$pointer/$index");
      }
      elseif (isset($schema->items)) {
        $this->check($item, $schema->items, "$pointer/$index");
      }
    }
    if (isset($schema->contains) && array_filter($value, fn (mixed $item): bool => $this->matches($item, $schema->contains)) === []) {
      $this->error($pointer, 'No item of the list has the form that at least one must have.');
    }
  }

  /**
   * Whether a text fits a pattern; what needs too much work does not.
   */
  private function fits(string $pattern, string $text): bool {
    $this->budget?->spend();
    $fits = EcmaPattern::fits($pattern, $text);
    if ($fits === NULL) {
      $this->budget?->cutOff();
    }
    return $fits === TRUE;
  }

  private function matches(mixed $value, \stdClass|bool $schema): bool {
    return $this->errorsOf($value, $schema) === [];
  }

  /**
   * Returns errors against a subschema, not kept.
   *
   * @return array<array{pointer: string, detail: string}>
   *   Errors against a subschema, not kept.
   */
  private function errorsOf(mixed $value, \stdClass|bool $schema): array {
    $kept = $this->errors;
    $this->errors = [];
    $this->check($value, $schema, '');
    $found = $this->errors;
    $this->errors = $kept;
    return $found;
  }

  private function countMatches(mixed $value, array $schemas): int {
    return count(array_filter($schemas, fn (\stdClass|bool $schema): bool => $this->matches($value, $schema)));
  }

  private function firstError(mixed $value, array $schemas): string {
    return $this->errorsOf($value, $schemas[0])[0]['detail'] ?? 'the value';
  }

  private function error(string $pointer, string $detail): void {
    if (count($this->errors) < self::MAX_ERRORS) {
      $this->errors[] = ['pointer' => $pointer, 'detail' => $detail];
    }
  }

}
