<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Contract\JsonText;
use Drupal\background_agents\Contract\SchemaFields;

/**
 * What the form shows of a schema: nothing, the rows of a table, or JSON.
 *
 * @internal
 */
final readonly class SchemaState {

  public const string NONE = 'none';
  public const string TABLE = 'table';
  public const string JSON = 'json';

  /**
   * Constructs a SchemaState object.
   *
   * @param string $key
   *   The part: input or output.
   * @param string $shown
   *   What is shown.
   * @param string $text
   *   The schema as text; of a table, it follows from the rows.
   * @param array<int, array<string, mixed>> $rows
   *   The rows of the table.
   * @param string $note
   *   What has to be said about the last change; may be empty.
   */
  private function __construct(
    public string $key,
    public string $shown,
    public string $text,
    public array $rows = [],
    public string $note = '',
  ) {}

  /**
   * What was sent; if nothing was, what the schema as it is kept begins with.
   */
  public static function of(string $key, ?string $text, array $input): self {
    $sent = $input['definition'][$key] ?? NULL;
    $shown = is_array($sent) ? $sent['shown'] ?? NULL : NULL;
    if (in_array($shown, [self::NONE, self::TABLE, self::JSON], TRUE)) {
      $rows = array_filter((array) ($sent['rows'] ?? []), static fn (mixed $row, int|string $key): bool => is_int($key) && is_array($row), ARRAY_FILTER_USE_BOTH);
      $json = $input['definition'][$key . '_schema'] ?? '';
      return new self($key, $shown, is_string($json) ? self::clean($json) : '', array_slice($rows, 0, SchemaTable::ROWS, TRUE));
    }
    $clean = (string) $text;
    $state = new self($key, trim($clean) === '' ? self::NONE : self::JSON, $clean);
    return $state->shown === self::JSON && self::read($clean) !== NULL ? $state->switched(self::TABLE) : $state;
  }

  /**
   * A text as a form sends it back.
   */
  public static function clean(string $text): string {
    return trim(str_replace(["\r\n", "\r"], "\n", $text));
  }

  /**
   * The fields of a schema; NULL when a table cannot say it.
   *
   * @return \Drupal\background_agents\Contract\SchemaField[]|null
   *   The fields.
   */
  public static function read(string $text): ?array {
    try {
      $schema = JsonText::readObject($text);
    }
    catch (\InvalidArgumentException) {
      return NULL;
    }
    return $schema === NULL ? NULL : SchemaFields::of($schema);
  }

  /**
   * The fields of the rows, keyed as them.
   *
   * @return array<int|string, \Drupal\background_agents\Contract\SchemaField>
   *   In their order.
   */
  public function fields(): array {
    return SchemaTable::fields($this->rows);
  }

  /**
   * The schema as text; empty: there is none.
   */
  public function current(): string {
    if ($this->shown !== self::TABLE) {
      return $this->text;
    }
    $fields = $this->fields();
    return $fields === [] ? '' : SchemaFields::text($fields);
  }

  /**
   * What a table cannot say of the text; NULL: nothing, or it is no schema.
   */
  public function obstacle(): ?string {
    try {
      $schema = JsonText::readObject($this->current());
    }
    catch (\InvalidArgumentException) {
      return NULL;
    }
    return $schema === NULL ? NULL : SchemaFields::obstacle($schema);
  }

  /**
   * With one more row.
   */
  public function added(): self {
    $orders = array_filter(array_column($this->rows, 'order'), is_numeric(...));
    $next = ['order' => (string) ($orders === [] ? 1 : floor(max(array_map(floatval(...), $orders))) + 1)];
    $rows = count($this->rows) < SchemaTable::ROWS ? $this->rows + [($this->rows === [] ? 0 : max(array_keys($this->rows)) + 1) => $next] : $this->rows;
    return new self($this->key, $this->shown, $this->text, $rows);
  }

  /**
   * Without a row.
   */
  public function removed(int $row): self {
    return new self($this->key, $this->shown, $this->text, array_diff_key($this->rows, [$row => TRUE]));
  }

  /**
   * Shown in another way; as it is, with a note, when that cannot be.
   */
  public function switched(string $to): self {
    if ($this->shown === self::TABLE && $to !== self::TABLE && SchemaTable::problems($this->fields()) !== []) {
      return new self($this->key, self::TABLE, '', $this->rows, 'Put the rows of the table right first: ' . implode(' ', array_merge(...array_map(array_values(...), array_values(SchemaTable::problems($this->fields()))))));
    }
    $text = $this->current();
    if ($to !== self::TABLE || $this->shown === self::TABLE) {
      return $to === self::TABLE ? $this : new self($this->key, $to === self::NONE ? self::NONE : self::JSON, $text);
    }
    $fields = $text === '' ? [] : self::read($text);
    if ($fields === NULL) {
      $obstacle = $this->obstacle();
      return new self($this->key, self::JSON, $text, [], $obstacle === NULL ? 'The text is not valid JSON yet, so it cannot be shown as a table.' : "The table of fields cannot say $obstacle, so the schema stays as it is.");
    }
    $rows = [];
    foreach ($fields as $number => $field) {
      $rows[] = SchemaTable::row($field, $number + 1);
    }
    $table = new self($this->key, self::TABLE, '', $rows);
    return $rows === [] ? $table->added() : $table;
  }

  /**
   * Writes it into what was sent, from which the form is shown again.
   */
  public function write(array $input): array {
    $input['definition'][$this->key] = ['mode' => $this->shown, 'shown' => $this->shown, 'rows' => $this->rows];
    $input['definition'][$this->key . '_schema'] = $this->text;
    return $input;
  }

}
