<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Review\DraftListAccess;
use Drupal\Core\Database\Query\AlterableInterface;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Session\AccountInterface;

/**
 * Shows people the drafts of content that they may edit, and no others.
 *
 * @internal
 */
final class DraftListHooks {

  public function __construct(
    private readonly DraftListAccess $access,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Implements hook_query_TAG_alter() for background_agents_change_access.
   */
  #[Hook('query_background_agents_change_access_alter')]
  public function changeAccess(AlterableInterface $query): void {
    if (!$query instanceof SelectInterface) {
      return;
    }
    $account = $query->getMetaData('account');
    foreach ($query->getTables() as $alias => $table) {
      if ($table['table'] === 'background_agents_change') {
        $this->access->restrict($query, (string) $alias, $account instanceof AccountInterface ? $account : $this->currentUser);
        return;
      }
    }
  }

  /**
   * Implements hook_entity_type_alter().
   *
   * @param array<string, \Drupal\Core\Entity\EntityTypeInterface> $entity_types
   *   All entity types.
   */
  #[Hook('entity_type_alter')]
  public function entityTypeAlter(array &$entity_types): void {
    if (isset($entity_types['node'], $entity_types['background_agents_change'])) {
      $entity_types['background_agents_change']->set('list_cache_contexts', ['user', 'user.node_grants:update']);
    }
  }

}
