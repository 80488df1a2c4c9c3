<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preset;

use Drupal\Core\Field\FieldDefinitionInterface;

/**
 * Which fields of a content type a preset writes.
 *
 * @internal
 */
final readonly class FieldRule {

  private const KEYS = ['types', 'names', 'summaries', 'target', 'take'];

  /**
   * Takes what was checked; of() checks.
   *
   * @param list<string> $types
   *   Types of fields.
   * @param list<string> $names
   *   Words one of which the name of a field holds; none: any name.
   * @param bool $summaries
   *   Whether a text with a summary of its own fits, too, whatever its name.
   * @param string $target
   *   The entity type that a reference points to; '' where that is no matter.
   * @param bool $one
   *   Whether it writes one of the fields that fit, not all of them.
   */
  public function __construct(
    public array $types,
    public array $names = [],
    public bool $summaries = FALSE,
    public string $target = '',
    public bool $one = FALSE,
  ) {}

  /**
   * Reads the key "fields" of a preset.
   *
   * @param array<string, mixed> $rule
   *   What stands there.
   *
   * @throws \InvalidArgumentException
   *   With a sentence that says what is wrong.
   */
  public static function of(array $rule): self {
    $unknown = array_diff(array_keys($rule), self::KEYS);
    if ($unknown !== []) {
      throw new \InvalidArgumentException('"fields" has keys that are not known: ' . implode(', ', $unknown) . '.');
    }
    foreach (['types', 'names'] as $key) {
      $list = $rule[$key] ?? [];
      if (!is_array($list) || array_filter($list, is_string(...)) !== $list) {
        throw new \InvalidArgumentException("\"$key\" of \"fields\" is a list of names.");
      }
    }
    if (($rule['types'] ?? []) === []) {
      throw new \InvalidArgumentException('"fields" has no "types".');
    }
    if (!in_array($rule['take'] ?? NULL, ['all', 'one'], TRUE)) {
      throw new \InvalidArgumentException('"take" of "fields" is "all" or "one".');
    }
    return new self(array_values($rule['types']), array_values($rule['names'] ?? []), ($rule['summaries'] ?? FALSE) === TRUE, (string) ($rule['target'] ?? ''), $rule['take'] === 'one');
  }

  /**
   * Whether a field is of those.
   */
  public function fits(FieldDefinitionInterface $field): bool {
    if ($this->summaries && $field->getType() === 'text_with_summary') {
      return TRUE;
    }
    if (!in_array($field->getType(), $this->types, TRUE)) {
      return FALSE;
    }
    if ($this->target !== '' && $field->getSetting('target_type') !== $this->target) {
      return FALSE;
    }
    return $this->names === [] || $this->isNamed($field->getName());
  }

  private function isNamed(string $name): bool {
    $words = implode('|', array_map(static fn (string $word): string => preg_quote($word, '/'), $this->names));
    return preg_match("/(^|_)($words)(_|$)/", $name) === 1;
  }

}
