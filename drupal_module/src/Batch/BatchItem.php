<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

/**
 * An item of a batch: content in one language.
 *
 * @internal
 */
final readonly class BatchItem {

  public function __construct(
    public string $entityType,
    public string $id,
    public string $langcode,
    public string $label,
    public ItemState $state = ItemState::Waiting,
    public ?string $run = NULL,
    public ?string $reason = NULL,
  ) {}

  /**
   * Reads a row of the table.
   */
  public static function fromRow(\stdClass $row): self {
    return new self($row->entity_type, $row->entity_id, $row->langcode, $row->label, ItemState::from($row->state), $row->run, $row->reason);
  }

  /**
   * What names the item in its batch, in a form.
   */
  public function key(): string {
    return "$this->entityType:$this->id:$this->langcode";
  }

}
