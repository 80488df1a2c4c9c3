<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * What was done with one item.
 *
 * @internal
 */
final readonly class UndoneItem {

  /**
   * Constructs an UndoneItem object.
   *
   * @param string $key
   *   Entity type, id and language.
   * @param bool $isDone
   *   Whether something was done now.
   * @param \Drupal\Core\StringTranslation\TranslatableMarkup $sentence
   *   What was done, or why nothing.
   * @param list<int> $changes
   *   Ids of the changes that were undone, whole or in part.
   */
  public function __construct(
    public string $key,
    public bool $isDone,
    public TranslatableMarkup $sentence,
    public array $changes = [],
  ) {}

}
