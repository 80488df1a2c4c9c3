<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\Core\TempStore\PrivateTempStoreFactory;

/**
 * The content that a person has chosen to run an agent over.
 *
 * Kept for them alone, until they choose other content.
 *
 * @internal
 */
final class Selection {

  private const string KEY = 'selection';

  public function __construct(
    private readonly PrivateTempStoreFactory $stores,
  ) {}

  /**
   * Keeps what was chosen.
   *
   * @param string $entityType
   *   The entity type.
   * @param list<array{string, string}> $items
   *   Id and language of each; of more than a batch takes, only the number is
   *   kept.
   * @param int|null $found
   *   How many there were in all, when only a part was taken.
   */
  public function keep(string $entityType, array $items, ?int $found = NULL): void {
    $this->stores->get('background_agents')->set(self::KEY, [
      'entity_type' => $entityType,
      'items' => count($items) > BatchMaker::MOST ? [] : $items,
      'count' => count($items),
      'found' => $found,
    ]);
  }

  /**
   * What was chosen last; NULL: nothing, or long ago.
   *
   * @return array{entity_type: string, items: list<array{string, string}>, count: int, found: int|null}|null
   *   As keep() took it.
   */
  public function get(): ?array {
    return $this->stores->get('background_agents')->get(self::KEY);
  }

}
