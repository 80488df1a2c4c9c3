<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

/**
 * One save of the last days, as the history of revisions knows it.
 *
 * @internal
 */
final readonly class WeekSave {

  public function __construct(
    public string $item,
    public int $revision,
    public string $langcode,
    public int $time,
    // User id of who saved it; 0: nobody.
    public int $saver,
    // The revision before; NULL: it was new.
    public ?int $previous,
    // The default revision before; NULL: there was none.
    public ?int $live,
  ) {}

  /**
   * Makes it of a row of the history.
   */
  public static function of(\stdClass $row): self {
    $revision = static fn (mixed $id): ?int => $id === NULL ? NULL : (int) $id;
    return new self((string) $row->item, (int) $row->vid, (string) $row->langcode, (int) $row->time, (int) $row->saver, $revision($row->previous), $revision($row->live));
  }

  /**
   * Whether the save made the item.
   */
  public function isInsert(): bool {
    return $this->previous === NULL;
  }

}
