<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityDisplayRepositoryInterface;

/**
 * The order in which editors know the fields: that of the edit form.
 *
 * @internal
 */
final class FieldOrder {

  public function __construct(
    private readonly EntityDisplayRepositoryInterface $displays,
  ) {}

  /**
   * Sorts names of fields; those that the form does not have come last.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   An item that has them.
   * @param string[] $names
   *   The names.
   *
   * @return list<string>
   *   The names in order.
   */
  public function sorted(ContentEntityInterface $entity, array $names): array {
    $display = $this->displays->getFormDisplay($entity->getEntityTypeId(), $entity->bundle());
    $label = $entity->getEntityType()->getKey('label');
    $places = [];
    foreach (array_values($names) as $at => $name) {
      $component = $display->getComponent($name);
      $places[$name] = [$name === $label ? 0 : 1, $component === NULL ? 1 : 0, $component['weight'] ?? 0, $at];
    }
    asort($places);
    return array_map(strval(...), array_keys($places));
  }

}
