<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\RunListHead;
use Drupal\background_agents\Ui\RunTable;
use Drupal\background_agents\Ui\StopNotice;
use Drupal\Component\Render\FormattableMarkup;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Controller\ControllerBase;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Url;

/**
 * The report of runs, and the list of agents that one may start.
 *
 * @internal
 */
final class RunListController extends ControllerBase {

  public function __construct(
    private readonly RunTable $runTable,
    private readonly RunListHead $head,
    private readonly StopNotice $stopNotice,
  ) {}

  /**
   * The plain report, newest first, where no view takes its place.
   */
  public function runs(): array {
    return $this->head->build($this->currentUser()) + [
      'csv' => $this->head->csv([]),
      'table' => $this->runTable->build($this->currentUser()),
    ];
  }

  /**
   * The agents that one may start.
   */
  public function agents(): array {
    $items = [];
    foreach ($this->runnable($this->currentUser()) as $agent) {
      $items[] = [
        'title' => $agent->label(),
        'description' => new FormattableMarkup('@text', ['@text' => $agent->getDescription()]),
        'url' => Url::fromRoute('background_agents.run_agent', ['background_agents_agent' => $agent->id()]),
      ];
    }
    return [
      '#cache' => ['max-age' => 0],
      'stopped' => $this->stopNotice->warning() ?? [],
      'agents' => [
        '#theme' => 'admin_block_content',
        '#content' => $items,
        '#cache' => ['tags' => ['config:background_agents_agent_list'], 'contexts' => ['user.permissions']],
        '#prefix' => $items === [] ? '<p>' . $this->t('There is no active agent that you may start.') . '</p>' : '',
      ],
    ];
  }

  /**
   * Who may see the list: who may start at least one agent.
   */
  public function agentsAccess(AccountInterface $account): AccessResultInterface {
    return AccessResult::allowedIf($this->runnable($account) !== [])->addCacheTags(['config:background_agents_agent_list'])->cachePerPermissions();
  }

  /**
   * Active agents that an account may start.
   *
   * @return \Drupal\background_agents\Entity\Agent[]
   *   The agents.
   */
  private function runnable(AccountInterface $account): array {
    $agents = $this->entityTypeManager()->getStorage('background_agents_agent')->loadByProperties(['status' => TRUE]);
    return array_filter($agents, static fn (Agent $agent): bool => $agent->access('run', $account));
  }

}
