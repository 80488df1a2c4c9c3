<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

/**
 * What undoing a run does, as things are now.
 *
 * @internal
 */
final readonly class UndoPlan {

  /**
   * Constructs an UndoPlan object.
   *
   * @param array<string, \Drupal\background_agents\Review\Undo\PlannedItem> $items
   *   All items that the run wrote to, by key.
   */
  public function __construct(
    public array $items,
  ) {}

  /**
   * The items where something is done.
   *
   * @return array<string, \Drupal\background_agents\Review\Undo\PlannedItem>
   *   By key.
   */
  public function open(): array {
    return array_filter($this->items, static fn (PlannedItem $item): bool => $item->isOpen());
  }

}
