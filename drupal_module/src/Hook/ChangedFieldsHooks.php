<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Guard\WithinSave;
use Drupal\background_agents\Trigger\ChangedFields;
use Drupal\background_agents\Trigger\TriggerMatch;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Hook\Order\Order;

/**
 * Compares fields before a save, when a trigger asks whether they change.
 *
 * @internal
 */
final class ChangedFieldsHooks {

  public function __construct(
    private readonly TriggerMatch $match,
    private readonly ChangedFields $changed,
    private readonly WithinSave $withinSave,
  ) {}

  /**
   * Implements hook_entity_presave(): with the values of all others.
   */
  #[Hook('entity_presave', order: Order::Last)]
  public function compare(EntityInterface $entity): void {
    if (!$entity instanceof ContentEntityInterface || $entity->isSyncing()) {
      return;
    }
    $asking = array_filter($this->match->triggersOf($entity), static fn ($trigger): bool => $trigger->getSettings()['fields'] !== []);
    if ($asking === []) {
      return;
    }
    $names = array_values(array_unique(array_merge(...array_map(static fn ($trigger): array => $trigger->getSettings()['fields'], array_values($asking)))));
    $isLive = $entity->isDefaultRevision() && in_array('published', array_map(static fn ($trigger): string => $trigger->getSettings()['revisions'], $asking), TRUE);
    $this->withinSave->attempt(fn () => $this->changed->compare($entity, $names, $isLive), 'It could not be told which fields a save changes');
  }

}
