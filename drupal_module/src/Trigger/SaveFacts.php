<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

/**
 * What only a save knows of a trigger's conditions, kept in its row.
 *
 * Rows of one item become one run. What happens counts when it happened in one
 * of the saves; what the content is like counts as the last one left it.
 *
 * @internal
 */
final readonly class SaveFacts {

  /**
   * Sets what is given.
   *
   * @param string[]|null $fields
   *   The trigger's fields that changed in this save; NULL: it names none.
   * @param bool $happened
   *   Whether the change of state and who saved it are as the trigger wants.
   * @param bool $holds
   *   Whether the content is as the trigger wants.
   */
  public function __construct(
    public ?array $fields,
    public bool $happened,
    public bool $holds,
  ) {}

  /**
   * Reads what toArray() wrote.
   */
  public static function fromArray(array $facts): self {
    return new self($facts['fields'], $facts['happened'], $facts['holds']);
  }

  /**
   * Writes them down.
   *
   * @return array{fields: string[]|null, happened: bool, holds: bool}
   *   Values by name.
   */
  public function toArray(): array {
    return get_object_vars($this);
  }

  /**
   * Whether this save alone starts the agent.
   */
  public function startAlone(): bool {
    return $this->happened && $this->holds && $this->fields !== [];
  }

  /**
   * Whether saves of one item start the agent together.
   *
   * @param array<\Drupal\background_agents\Trigger\SaveFacts|null> $saves
   *   The saves, the last one last; NULL: nothing is asked of a save.
   */
  public static function start(array $saves): bool {
    $last = end($saves);
    if ($last instanceof self && !$last->holds) {
      return FALSE;
    }
    $happened = array_filter($saves, static fn (?self $save): bool => $save === NULL || $save->happened);
    // Fields that changed in several of them count together.
    $changed = array_filter($happened, static fn (?self $save): bool => $save?->fields !== []);
    return $changed !== [];
  }

}
