<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\background_agents\Review\Fingerprint;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Finds the fields of two revisions that a person may see, and which differ.
 *
 * @internal
 */
final class ComparedFields {

  public function __construct(
    private readonly Fingerprint $fingerprint,
    private readonly FieldOrder $order,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * The fields that the person may see, those that differ first.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface|null $old
   *   The former revision; NULL: there is none.
   * @param \Drupal\Core\Entity\ContentEntityInterface $new
   *   The later revision.
   *
   * @return list<\Drupal\background_agents\Review\Diff\ComparedField>
   *   Otherwise in the order of the edit form.
   */
  public function of(?ContentEntityInterface $old, ContentEntityInterface $new): array {
    $oldPrints = $old === NULL ? [] : $this->fingerprint->of($old);
    $newPrints = $this->fingerprint->of($new);
    $changed = $same = [];
    foreach ($this->order->sorted($new, array_keys($newPrints + $oldPrints)) as $name) {
      if (!$new->hasField($name) || !$new->get($name)->access('view', $this->currentUser)) {
        continue;
      }
      $definition = $new->get($name)->getFieldDefinition();
      $isChanged = ($oldPrints[$name] ?? NULL) !== ($newPrints[$name] ?? NULL);
      $field = new ComparedField($name, (string) $definition->getLabel(), $definition->getType(), $old?->hasField($name) ? $old->get($name) : NULL, $new->get($name), $isChanged);
      $isChanged ? $changed[] = $field : $same[] = $field;
    }
    return [...$changed, ...$same];
  }

}
