<?php

declare(strict_types=1);

namespace Drupal\background_agents_load\Hook;

use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Session\AccountInterface;
use Drupal\node\NodeInterface;

/**
 * Twenty sections: who belongs to one may edit what is in it.
 *
 * @internal
 */
final class SectionGrants {

  private const string REALM = 'background_agents_load';

  /**
   * Implements hook_node_grants().
   */
  #[Hook('node_grants')]
  public function grants(AccountInterface $account, string $operation): array {
    $isEditor = in_array('load_grants', $account->getRoles(), TRUE);
    return [self::REALM => $operation === 'view' ? range(0, 19) : ($isEditor ? [7] : [])];
  }

  /**
   * Implements hook_node_access_records().
   */
  #[Hook('node_access_records')]
  public function records(NodeInterface $node): array {
    return [
      [
        'realm' => self::REALM,
        'gid' => (int) $node->id() % 20,
        'grant_view' => 1,
        'grant_update' => 1,
        'grant_delete' => 0,
      ],
    ];
  }

}
