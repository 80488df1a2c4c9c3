<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

/**
 * What a person says to the agent about a draft, or about a field of it.
 *
 * @internal
 */
final readonly class Remark {

  /**
   * The longest text that a job takes.
   */
  public const int LONGEST = 2000;

  /**
   * Sets what is given.
   *
   * @param string $text
   *   What they say.
   * @param string $change
   *   UUID of the draft.
   * @param string|null $field
   *   Name of the field; NULL: the whole draft.
   */
  public function __construct(
    public string $text,
    public string $change,
    public ?string $field = NULL,
  ) {}

  /**
   * As it stands in a job, and in the database.
   *
   * @return array<string, string>
   *   The members text, change and field.
   */
  public function document(): array {
    return array_filter(['text' => $this->text, 'change' => $this->change, 'field' => $this->field], static fn (?string $value): bool => $value !== NULL);
  }

}
