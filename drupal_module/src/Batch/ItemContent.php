<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Dispatch\ContentReference;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * The content behind the items of a batch.
 *
 * @internal
 */
final class ItemContent {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * An item in its language, as it is published; NULL: it is gone.
   */
  public function of(BatchItem $item): ?ContentEntityInterface {
    return $this->all([$item])[0];
  }

  /**
   * Those of some items that an account may see.
   *
   * @param \Drupal\background_agents\Batch\BatchItem[] $items
   *   The items.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   The account.
   *
   * @return list<\Drupal\background_agents\Batch\BatchItem>
   *   In the same order.
   */
  public function seen(array $items, AccountInterface $account): array {
    $seen = [];
    foreach (array_chunk($items, 250) as $some) {
      foreach ($this->all($some) as $key => $content) {
        if ($content?->access('view', $account)) {
          $seen[] = $some[$key];
        }
      }
    }
    return $seen;
  }

  /**
   * What the runs of items say that they are about.
   *
   * The label is the one that was shown to who started the batch: nobody asks
   * here whether they may still see the content.
   *
   * @param \Drupal\background_agents\Batch\BatchItem[] $items
   *   The items.
   *
   * @return array<int, array<string, mixed>>
   *   Values of a run by the keys of the items.
   */
  public function targets(array $items): array {
    return array_map(static function (BatchItem $item, ?ContentEntityInterface $content): array {
      $found = $content === NULL ? [] : ContentReference::of($content);
      return [
        'target_type' => $item->entityType,
        'target_bundle' => $found['bundle'] ?? NULL,
        'target_uuid' => $found['uuid'] ?? NULL,
        'target_id' => $item->id,
        'target_revision' => $found['revision'] ?? NULL,
        'target_langcode' => $item->langcode,
        'target_label' => $item->label,
      ];
    }, $items, $this->all($items));
  }

  /**
   * Loads items, each entity type at once.
   *
   * @param \Drupal\background_agents\Batch\BatchItem[] $items
   *   The items.
   *
   * @return list<\Drupal\Core\Entity\ContentEntityInterface|null>
   *   In the same order.
   */
  private function all(array $items): array {
    $ids = [];
    foreach ($items as $item) {
      $ids[$item->entityType][] = $item->id;
    }
    $loaded = [];
    foreach ($ids as $type => $some) {
      $loaded[$type] = $this->entityTypeManager->hasDefinition($type) ? $this->entityTypeManager->getStorage($type)->loadMultiple($some) : [];
    }
    return array_map(static function (BatchItem $item) use ($loaded): ?ContentEntityInterface {
      $entity = $loaded[$item->entityType][$item->id] ?? NULL;
      return $entity instanceof ContentEntityInterface && $entity->hasTranslation($item->langcode) ? $entity->getTranslation($item->langcode) : NULL;
    }, array_values($items));
  }

}
