<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Run\RunListAccess;
use Drupal\Core\Database\Query\AlterableInterface;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Session\AccountInterface;

/**
 * Shows people the runs that they may see, and no others.
 *
 * @internal
 */
final class RunListHooks {

  public function __construct(
    private readonly RunListAccess $access,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Implements hook_query_TAG_alter() for background_agents_run_access.
   */
  #[Hook('query_background_agents_run_access_alter')]
  public function runAccess(AlterableInterface $query): void {
    if (!$query instanceof SelectInterface) {
      return;
    }
    $account = $query->getMetaData('account');
    foreach ($query->getTables() as $alias => $table) {
      if ($table['table'] === 'background_agents_run') {
        $this->access->restrict($query, (string) $alias, $account instanceof AccountInterface ? $account : $this->currentUser);
        return;
      }
    }
  }

}
