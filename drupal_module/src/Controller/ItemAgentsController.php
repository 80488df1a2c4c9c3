<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Agent\AgentsOfContent;
use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Ui\ItemTables;
use Drupal\background_agents\Ui\StopNotice;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Controller\ControllerBase;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Routing\RouteMatchInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * The tab "Agents" of content: its drafts and runs, and "Run agent here".
 *
 * @internal
 */
final class ItemAgentsController extends ControllerBase {

  /**
   * Who has one of these may have something to see there.
   */
  private const array PERMISSIONS = [
    'administer background agents',
    'review background agent drafts',
    'view any background agent run',
    'view own background agent runs',
  ];

  public function __construct(
    private readonly AgentsOfContent $agents,
    private readonly ItemTables $tables,
    private readonly StopNotice $stopNotice,
    private readonly AgentScope $scope,
  ) {}

  /**
   * The title of the page.
   */
  public function title(RouteMatchInterface $route_match): TranslatableMarkup {
    return new TranslatableMarkup('Agents on %label', ['%label' => self::item($route_match)->label()]);
  }

  /**
   * Who may see the page, of those who may edit the content.
   *
   * There has to be an agent that may work on content of this kind.
   */
  public function access(RouteMatchInterface $route_match, AccountInterface $account): AccessResultInterface {
    $item = self::item($route_match);
    $agents = $this->agents->of($item->getEntityTypeId(), $item->bundle());
    $access = AccessResult::allowedIf($agents !== [] && !$this->scope->governs($account))->addCacheTags(['config:background_agents_agent_list']);
    $may = AccessResult::allowedIfHasPermissions($account, self::PERMISSIONS, 'OR');
    foreach ($agents as $agent) {
      $may = $may->orIf($agent->access('run', $account, TRUE));
    }
    return $access->andIf($may);
  }

  /**
   * The page.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function page(RouteMatchInterface $route_match): array {
    $item = self::item($route_match);
    return [
      '#attached' => ['library' => ['background_agents/admin']],
      '#cache' => ['max-age' => 0],
      'stopped' => $this->stopNotice->warning() ?? [],
      'run' => $this->runHere($item),
      'drafts' => $this->tables->drafts($item, $this->currentUser()),
      'runs' => $this->tables->runs($item, $this->currentUser()) ?? [],
    ];
  }

  /**
   * Links to the agents that may work on the item and that one may run.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  private function runHere(ContentEntityInterface $item): array {
    $links = [];
    foreach ($this->agents->of($item->getEntityTypeId(), $item->bundle()) as $agent) {
      if ($agent->status() && $agent->access('run')) {
        $links[$agent->id()] = [
          'title' => $this->t('Run @agent here', ['@agent' => $agent->label()]),
          'url' => Url::fromRoute('background_agents.run_agent', ['background_agents_agent' => $agent->id()], ['query' => ['about' => self::about($item)]]),
          'attributes' => ['class' => ['button', 'button--small']],
        ];
      }
    }
    return [
      '#access' => $links !== [],
      '#theme' => 'links',
      '#links' => $links,
      '#heading' => ['text' => $this->t('Run agent here'), 'level' => 'h2'],
      '#attributes' => ['class' => ['inline', 'ba-run-here']],
    ];
  }

  /**
   * How the form "Run agent" is told of an item.
   */
  private static function about(ContentEntityInterface $item): string {
    return implode('/', [$item->getEntityTypeId(), $item->id(), $item->language()->getId()]);
  }

  private static function item(RouteMatchInterface $route_match): ContentEntityInterface {
    $item = $route_match->getParameter((string) $route_match->getRouteObject()?->getDefault('entity_type_id'));
    assert($item instanceof ContentEntityInterface);
    return $item;
  }

}
