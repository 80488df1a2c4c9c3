<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * A field of an agent's input or output: one row of the table of fields.
 *
 * Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class SchemaField {

  public const NAME = '/^[A-Za-z][A-Za-z0-9_]{0,63}$/D';

  /**
   * Characters of a title and of a description at most.
   */
  public const TITLE = 255;
  public const DESCRIPTION = 2000;

  /**
   * Constructs a SchemaField object.
   *
   * @param string $name
   *   The name of the property.
   * @param \Drupal\background_agents\Contract\SchemaFieldType $type
   *   What it can hold.
   * @param bool $required
   *   Whether it has to be there.
   * @param string $title
   *   What people read; may be empty.
   * @param string $description
   *   What people and the model read; may be empty.
   * @param string[] $choices
   *   The values of a choice.
   * @param int|null $maxLength
   *   Of a text: how many characters at most. NULL: as its type has it.
   */
  public function __construct(
    public readonly string $name,
    public readonly SchemaFieldType $type,
    public readonly bool $required = FALSE,
    public readonly string $title = '',
    public readonly string $description = '',
    public readonly array $choices = [],
    public readonly ?int $maxLength = NULL,
  ) {}

  /**
   * Reads a property; what it cannot hold is lost.
   */
  public static function of(string $name, SchemaFieldType $type, bool $required, \stdClass $property): self {
    $text = static fn (string $keyword): string => is_string($property->{$keyword} ?? NULL) ? $property->{$keyword} : '';
    $choices = $type === SchemaFieldType::Choice && is_array($property->enum) ? array_values(array_filter($property->enum, is_string(...))) : [];
    $length = is_int($property->maxLength ?? NULL) ? $property->maxLength : NULL;
    return self::typed($name, $type, $required, $text('title'), $text('description'), implode("\n", $choices), $length);
  }

  /**
   * Makes a field of what was typed into its row.
   *
   * @param string $name
   *   The name.
   * @param \Drupal\background_agents\Contract\SchemaFieldType $type
   *   The type.
   * @param bool $required
   *   Whether it has to be there.
   * @param string $title
   *   The title.
   * @param string $description
   *   The description.
   * @param string $choices
   *   One choice a line.
   * @param int|null $length
   *   The greatest length; only texts have one.
   */
  public static function typed(string $name, SchemaFieldType $type, bool $required, string $title, string $description, string $choices, ?int $length): self {
    return new self(
      trim($name),
      $type,
      $required,
      trim((string) preg_replace('/\R/u', ' ', $title)),
      trim(str_replace(["\r\n", "\r"], "\n", $description)),
      $type === SchemaFieldType::Choice ? self::lines($choices) : [],
      match ($type) {
        SchemaFieldType::ShortText => $length ?? SchemaFieldType::LINE,
        SchemaFieldType::LongText => $length,
        default => NULL,
      },
    );
  }

  /**
   * The lines of a text; empty ones are left out.
   *
   * @return string[]
   *   The lines, without the space around them.
   */
  public static function lines(string $text): array {
    return array_values(array_filter(array_map(trim(...), preg_split('/\R/u', $text) ?: []), static fn (string $line): bool => $line !== ''));
  }

  /**
   * What is wrong with the row.
   *
   * @return array<string, string>
   *   Sentences, keyed by the cell: name, title, description, choices, length.
   */
  public function problems(): array {
    return array_filter([
      'name' => preg_match(self::NAME, $this->name) === 1 ? NULL : 'Give the field a name of letters, digits and underscores that begins with a letter, such as reading_age.',
      'title' => mb_strlen($this->title) <= self::TITLE ? NULL : sprintf('The title may have %d characters.', self::TITLE),
      'description' => mb_strlen($this->description) <= self::DESCRIPTION ? NULL : sprintf('The description may have %d characters.', self::DESCRIPTION),
      'choices' => $this->choicesProblem(),
      'length' => $this->lengthProblem(),
    ]);
  }

  private function choicesProblem(): ?string {
    return match (TRUE) {
      $this->type !== SchemaFieldType::Choice => NULL,
      $this->choices === [] => 'Give at least one choice, each on a line of its own.',
      count(array_unique($this->choices, SORT_STRING)) < count($this->choices) => 'Each choice may be there once.',
      default => NULL,
    };
  }

  private function lengthProblem(): ?string {
    $short = $this->type === SchemaFieldType::ShortText;
    return match (TRUE) {
      $this->maxLength === NULL => NULL,
      $short && ($this->maxLength < 1 || $this->maxLength > SchemaFieldType::LINE) => sprintf('A text of one line has from 1 to %d characters.', SchemaFieldType::LINE),
      !$short && $this->maxLength <= SchemaFieldType::LINE => sprintf('A text of several lines may have a greatest length from %d characters; take a text of one line for less.', SchemaFieldType::LINE + 1),
      default => NULL,
    };
  }

  /**
   * The property, as in JSON Schema.
   */
  public function schema(): \stdClass {
    $said = array_filter(['title' => $this->title, 'description' => $this->description], static fn (string $text): bool => $text !== '');
    $limits = array_filter(['enum' => $this->choices, 'maxLength' => $this->maxLength]);
    return (object) ($this->type->keywords() + $said + $limits);
  }

}
