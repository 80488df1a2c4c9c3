<?php

declare(strict_types=1);

namespace Drupal\background_agents_sections\Hook;

use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Session\AccountInterface;
use Drupal\node\NodeInterface;

/**
 * Three sections, by the ids of nodes: each person may edit those of one.
 *
 * @internal
 */
final class SectionGrants {

  private const string REALM = 'background_agents_sections';

  /**
   * Implements hook_node_grants().
   */
  #[Hook('node_grants')]
  public function grants(AccountInterface $account, string $operation): array {
    return [self::REALM => [(int) $account->id() % 3]];
  }

  /**
   * Implements hook_node_access_records().
   */
  #[Hook('node_access_records')]
  public function records(NodeInterface $node): array {
    return [
      [
        'realm' => self::REALM,
        'gid' => (int) $node->id() % 3,
        'grant_view' => 1,
        'grant_update' => (int) ($node->id() % 2 === 0),
        'grant_delete' => 0,
      ],
    ];
  }

}
