<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preset;

/**
 * A kind of work that the quick form offers, read from a module's YAML file.
 *
 * @internal
 */
final readonly class Preset {

  /**
   * The content of an item was saved; each day at a time; only by hand.
   */
  public const STARTS = ['content', 'daily', 'hand'];

  /**
   * What agents do with content, and the tool that does it.
   */
  private const WRITES = ['create' => 'create_draft', 'revise' => 'revise_draft'];

  private const REQUIRED = ['label', 'description', 'prompt', 'tools', 'operations', 'starts', 'fields'];

  /**
   * Takes what was checked; of() checks.
   *
   * @param string $id
   *   The key in the file.
   * @param string|\Stringable $label
   *   Its name, in the language of the page.
   * @param string|\Stringable $description
   *   What it does, in one sentence.
   * @param string $prompt
   *   What the agent is told, with placeholders.
   * @param list<string> $tools
   *   All of which it needs.
   * @param list<string> $operations
   *   Some of read, revise and create.
   * @param list<string> $starts
   *   Some of STARTS, the usual one first.
   * @param \Drupal\background_agents\Preset\FieldRule $fields
   *   What it writes.
   * @param list<array{label: string, note: string}> $examples
   *   Examples of an agent that is made of it: a title, and what it is told.
   */
  public function __construct(
    public string $id,
    public string|\Stringable $label,
    public string|\Stringable $description,
    public string $prompt,
    public array $tools,
    public array $operations,
    public array $starts,
    public FieldRule $fields,
    public array $examples = [],
  ) {}

  /**
   * Reads a definition.
   *
   * @param string $id
   *   The key in the file.
   * @param array<string, mixed> $definition
   *   What stands below it.
   *
   * @throws \InvalidArgumentException
   *   With a sentence that says what is wrong.
   */
  public static function of(string $id, array $definition): self {
    if (preg_match('/^[a-z][a-z0-9_]{0,31}$/D', $id) !== 1) {
      throw new \InvalidArgumentException("\"$id\" is no name of a preset: it takes lower-case letters, digits and \"_\", at most 32.");
    }
    $unknown = array_diff(array_keys($definition), self::REQUIRED, ['examples', 'id', 'provider']);
    if ($unknown !== []) {
      throw new \InvalidArgumentException('It has keys that are not known: ' . implode(', ', $unknown) . '.');
    }
    foreach (['label', 'description', 'prompt'] as $key) {
      if (!self::isText($definition[$key] ?? NULL)) {
        throw new \InvalidArgumentException("\"$key\" is missing.");
      }
    }
    $tools = self::names($definition, 'tools');
    $operations = self::names($definition, 'operations', ['read', ...array_keys(self::WRITES)]);
    foreach (self::WRITES as $operation => $tool) {
      if (in_array($operation, $operations, TRUE) !== in_array($tool, $tools, TRUE)) {
        throw new \InvalidArgumentException("The operation \"$operation\" and the tool \"$tool\" belong together: name both or none.");
      }
    }
    return new self($id, $definition['label'], $definition['description'], trim((string) $definition['prompt']), $tools, $operations, self::names($definition, 'starts', self::STARTS), FieldRule::of((array) ($definition['fields'] ?? [])), self::examples($definition['examples'] ?? []));
  }

  /**
   * Whether the person says in words of their own what is to be done.
   */
  public function asksForTask(): bool {
    return str_contains($this->prompt, '{task}');
  }

  /**
   * The same with some of its operations, and without the tools of the others.
   *
   * @param list<string> $operations
   *   Those that stay; "read" always does.
   */
  public function limitedTo(array $operations): self {
    $kept = array_values(array_intersect($this->operations, ['read', ...$operations]));
    $idle = array_values(array_diff_key(self::WRITES, array_flip($kept)));
    return new self($this->id, $this->label, $this->description, $this->prompt, array_values(array_diff($this->tools, $idle)), $kept, $this->starts, $this->fields, $this->examples);
  }

  /**
   * Examples, each with a title; a note may be left out.
   *
   * @return list<array{label: string, note: string}>
   *   In their order.
   */
  private static function examples(mixed $examples): array {
    $found = [];
    foreach (is_array($examples) ? $examples : [NULL] as $example) {
      $example = is_array($example) ? $example + ['note' => ''] : [];
      if (count($example) !== 2 || !self::isText($example['label'] ?? NULL) || !is_string($example['note'] ?? NULL)) {
        throw new \InvalidArgumentException('"examples" is a list; each has a "label" and may have a "note".');
      }
      $found[] = ['label' => trim((string) $example['label']), 'note' => trim($example['note'])];
    }
    return $found;
  }

  private static function isText(mixed $value): bool {
    return (is_string($value) || $value instanceof \Stringable) && trim((string) $value) !== '';
  }

  /**
   * A list of names, each of them allowed.
   *
   * @return list<string>
   *   The names.
   */
  private static function names(array $definition, string $key, ?array $allowed = NULL): array {
    $names = $definition[$key] ?? NULL;
    if (!is_array($names) || $names === [] || array_filter($names, is_string(...)) !== $names) {
      throw new \InvalidArgumentException("\"$key\" is a list of names.");
    }
    $wrong = $allowed === NULL ? [] : array_diff($names, $allowed);
    if ($wrong !== []) {
      throw new \InvalidArgumentException("\"$key\" cannot have \"" . implode('", "', $wrong) . '", only "' . implode('", "', $allowed) . '".');
    }
    return array_values(array_unique($names));
  }

}
