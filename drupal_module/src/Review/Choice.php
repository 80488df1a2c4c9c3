<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

/**
 * Which parts of a draft a reviewer accepts, and what becomes of the rest.
 *
 * @internal
 */
final readonly class Choice {

  /**
   * Sets what is given.
   *
   * @param array<string, true|array<string, list<int>>>|null $fields
   *   What is accepted, by field: TRUE is all of it, else numbers of passages
   *   by "delta:property". A field that is missing is not accepted. NULL is
   *   the whole draft.
   * @param bool $isRestKept
   *   Whether the rest stays as a pending draft of the agent; else it is
   *   refused.
   */
  public function __construct(
    public ?array $fields = NULL,
    public bool $isRestKept = FALSE,
  ) {}

  /**
   * The choice without some of the fields.
   *
   * @param string[] $names
   *   Names of fields that are not accepted.
   * @param string[] $all
   *   Names of all fields that the agent set.
   */
  public function without(array $names, array $all): self {
    return $names === [] ? $this : new self(array_diff_key($this->fields ?? array_fill_keys($all, TRUE), array_flip($names)), $this->isRestKept);
  }

}
