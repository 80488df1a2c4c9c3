<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Batch\BatchItem;
use Drupal\background_agents\Batch\BatchMaker;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Key\PersonKeys;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\AnonymousUserSession;
use Drupal\node\NodeInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpFoundation\Session\Storage\MockArraySessionStorage;
use Symfony\Component\Routing\Route;

/**
 * Who may open each route, and do each thing with each entity.
 *
 * The routes are read from the router: one that the tables below do not name
 * fails the test.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class AccessTest extends AgentsKernelTestBase {

  /**
   * Pages: who may open them. "own" is a run that the editor asked for.
   */
  private const array PAGES = [
    'background_agents.settings' => 'builder admin',
    'background_agents.stop' => 'builder admin',
    'background_agents.start' => 'builder admin',
    'background_agents.quick' => 'builder admin',
    'background_agents.run_agent' => 'editor admin',
    'background_agents.test_agent' => 'editor builder admin',
    'background_agents.agent_outcomes' => 'reviewer builder admin',
    'background_agents.agent_outcomes_csv' => 'reviewer builder admin',
    'background_agents.agent_versions' => 'builder admin',
    'background_agents.agent_compare' => 'builder admin',
    'background_agents.agent_webhooks' => 'builder admin',
    'background_agents.webhook_add' => 'builder admin',
    'background_agents.webhook_edit' => 'builder admin',
    'background_agents.webhook_deliveries' => 'builder admin',
    'background_agents.webhook_secret' => 'builder admin',
    'background_agents.webhook_delete' => 'builder admin',
    'background_agents.run_list' => 'editor admin',
    'background_agents.run_over' => 'editor admin',
    'background_agents.batch_start' => 'editor admin',
    'background_agents.batches' => 'editor reviewer builder admin',
    // A batch that the editor asked for; BatchDoorsTest has those of others.
    'background_agents.batch' => 'editor reviewer builder admin',
    'background_agents.batch_live' => 'editor reviewer builder admin',
    'background_agents.batch_command' => 'editor reviewer builder admin',
    'background_agents.run_live' => 'reviewer builder admin',
    'background_agents.run_command' => 'reviewer builder admin',
    // The run has not ended; testUndo() has the rest.
    'background_agents.run_undo' => '',
    'entity.background_agents_run.collection' => 'editor reviewer builder admin',
    'background_agents.agent_report' => 'reviewer builder admin',
    'background_agents.workers' => 'builder admin',
    'background_agents.cost' => 'reviewer builder admin',
    'background_agents.cost_csv' => 'reviewer builder admin',
    'background_agents.runs_csv' => 'editor reviewer builder admin',
    'background_agents.cancel_runs' => 'editor reviewer builder admin',
    'background_agents.preview' => 'editor admin',
    'background_agents.preview_link' => 'anonymous editor reviewer builder admin agent',
    'background_agents.preview_link_version' => 'anonymous editor reviewer builder admin agent',
    'background_agents.decide_drafts' => 'editor admin',
    'entity.background_agents_change.canonical' => 'editor reviewer builder admin',
    // Each person their own, here the editor's.
    'background_agents.notices' => 'editor',
    // The keys of all people.
    'background_agents.all_dispatch_keys' => 'builder admin',
    // The editor's keys: made and changed by themselves alone.
    'background_agents.dispatch_keys' => 'editor builder admin',
    'background_agents.dispatch_key_add' => 'editor',
    'background_agents.dispatch_key_edit' => 'editor',
    'background_agents.dispatch_key_revoke' => 'editor builder admin',
    // Administrators see and delete the webhooks of people's keys, no more.
    'background_agents.key_webhooks' => 'editor builder admin',
    'background_agents.key_webhook_add' => 'editor',
    'background_agents.key_webhook_edit' => 'editor',
    'background_agents.key_webhook_deliveries' => 'editor builder admin',
    'background_agents.key_webhook_secret' => 'editor',
    'background_agents.key_webhook_delete' => 'editor builder admin',
    'entity.node.background_agents' => 'editor admin',
    'entity.background_agents_run.canonical' => 'reviewer builder admin',
    'entity.background_agents_run.delete_form' => 'builder admin',
    'entity.background_agents_agent.collection' => 'builder admin',
    'entity.background_agents_agent.add_form' => 'builder admin',
    'entity.background_agents_agent.edit_form' => 'builder admin',
    'entity.background_agents_agent.delete_form' => 'builder admin',
    'entity.background_agents_agent.clone_form' => 'builder admin',
    'entity.background_agents_agent.enable' => 'builder admin',
    'entity.background_agents_agent.disable' => 'builder admin',
    'entity.background_agents_trigger.collection' => 'builder admin',
    'entity.background_agents_trigger.add_form' => 'builder admin',
    'entity.background_agents_trigger.edit_form' => 'builder admin',
    'entity.background_agents_trigger.delete_form' => 'builder admin',
    'entity.background_agents_trigger.clone_form' => 'builder admin',
    'entity.background_agents_trigger.enable' => 'builder admin',
    'entity.background_agents_trigger.disable' => 'builder admin',
  ];

  /**
   * Pages of one run that its requester may open, too.
   */
  private const array OWN_PAGES = ['background_agents.run_live', 'background_agents.run_command', 'entity.background_agents_run.canonical'];

  /**
   * Endpoints: the status of a request without a signature and a run token.
   *
   * One status: the same for everybody. A list: by account; the rest gets the
   * first one.
   */
  private const array ENDPOINTS = [
    'background_agents.jobs.claim' => ['*' => 401],
    'background_agents.events' => ['*' => 401],
    'background_agents.schedules.due' => ['*' => 401],
    'background_agents.schedules.fire' => ['*' => 401],
    'background_agents.webhooks.claim' => ['*' => 401],
    'background_agents.webhooks.report' => ['*' => 401],
    'background_agents.keys' => ['*' => 401],
    'background_agents.status' => ['*' => 401],
    'background_agents.drafts' => ['*' => 401],
    'background_agents.tools' => ['*' => 401],
    'background_agents.me' => ['*' => 200],
    // A list of the agents that one may run, which may be empty.
    'background_agents.agents' => ['*' => 200, 'anonymous' => 401],
    'background_agents.agents.show' => ['*' => 404, 'anonymous' => 401, 'editor' => 200, 'admin' => 200],
    // An agent without its run's token sees nothing.
    'background_agents.runs.list' => ['*' => 200, 'anonymous' => 401, 'agent' => 403],
    'background_agents.runs.drafts' => ['*' => 403, 'anonymous' => 401, 'reviewer' => 200, 'builder' => 200, 'admin' => 200],
    // A body that says nothing, of who may see the run.
    'background_agents.runs.send_back' => ['*' => 403, 'anonymous' => 401, 'reviewer' => 422, 'builder' => 422, 'admin' => 422],
    // The batch is the editor's; a body that names no agent.
    'background_agents.batches.list' => ['*' => 200, 'anonymous' => 401, 'agent' => 403],
    'background_agents.batches.start' => ['*' => 422, 'anonymous' => 401, 'agent' => 403],
    'background_agents.batches.show' => ['*' => 200, 'anonymous' => 401, 'agent' => 403],
    'background_agents.batches.command' => ['*' => 202, 'anonymous' => 401, 'agent' => 403],
    'background_agents.runs.dispatch' => ['*' => 403, 'anonymous' => 401, 'editor' => 201, 'admin' => 201],
    'background_agents.runs.show' => ['*' => 403, 'anonymous' => 401, 'reviewer' => 200, 'builder' => 200, 'admin' => 200],
    'background_agents.runs.events' => ['*' => 403, 'anonymous' => 401, 'reviewer' => 200, 'builder' => 200, 'admin' => 200],
    'background_agents.runs.effects' => ['*' => 403, 'anonymous' => 401, 'reviewer' => 200, 'builder' => 200, 'admin' => 200],
    'background_agents.runs.command' => ['*' => 403, 'anonymous' => 401, 'reviewer' => 202, 'builder' => 202, 'admin' => 202],
  ];

  /**
   * Entities: who may do what.
   */
  private const array OPERATIONS = [
    'agent' => [
      'view' => 'builder admin',
      'view label' => 'editor reviewer builder admin',
      'update' => 'builder admin',
      'delete' => 'builder admin',
      'run' => 'editor admin',
      'test' => 'editor builder admin',
    ],
    'trigger' => ['view' => 'builder admin', 'update' => 'builder admin', 'delete' => 'builder admin'],
    'run' => [
      'view' => 'reviewer builder admin',
      'view label' => 'reviewer builder admin',
      'manage' => 'reviewer builder admin',
      'update' => '',
      'delete' => 'builder admin',
    ],
    'own run' => [
      'view' => 'editor reviewer builder admin',
      'manage' => 'editor reviewer builder admin',
      'update' => '',
      'delete' => 'builder admin',
    ],
    'change' => ['view' => 'editor reviewer builder admin', 'review' => 'editor admin', 'send back' => 'editor reviewer builder admin', 'update' => '', 'delete' => 'builder admin'],
  ];

  /**
   * Who may create entities, as entities.
   */
  private const array CREATION = [
    'background_agents_agent' => 'builder admin',
    'background_agents_trigger' => 'builder admin',
    'background_agents_run' => '',
    'background_agents_change' => '',
  ];

  /**
   * @var \Drupal\Core\Session\AccountInterface[]
   */
  private array $accounts;

  /**
   * @var \Drupal\Core\Entity\EntityInterface[]
   */
  private array $entities;

  private int $batch;

  private string $key;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $agent = $this->agent();
    $this->role('editor', ['access content', 'edit any article content', 'use editorial transition create_new_draft', 'run writer background agent', 'view own background agent runs', 'manage own background agent runs', 'review background agent drafts', 'have dispatch keys for background agents']);
    $this->role('reviewer', ['access content', 'view any background agent run', 'manage any background agent run']);
    $this->role('builder', ['access content', 'administer background agents']);
    $this->accounts = [
      'anonymous' => new AnonymousUserSession(),
      'editor' => $this->account('editor', 'editor'),
      'reviewer' => $this->account('reviewer', 'reviewer'),
      'builder' => $this->account('builder', 'builder'),
      'admin' => $this->createUser([], 'admin', TRUE),
      'agent' => $this->accountOf($agent),
    ];
    $trigger = Trigger::create(['id' => 'daily', 'label' => 'Daily', 'agent' => 'writer', 'type' => 'cron', 'settings' => ['interval' => 3600]]);
    $trigger->save();
    $run = $this->running($agent);
    $article = $this->article();
    $this->entities = [
      'agent' => $agent,
      'trigger' => $trigger,
      'run' => $run,
      'own run' => $this->running($agent, ['uid' => $this->accounts['editor']->id()]),
      // Of a run of its own: a run whose draft waits may not be deleted.
      'change' => $this->changeOf($this->running($agent), $article),
    ];
    $this->batch = \Drupal::service(BatchMaker::class)->make($agent, (int) $this->accounts['editor']->id(), [new BatchItem('node', (string) $article->id(), 'en', 'Bread')], new \stdClass(), NULL, 'test')->id;
    $this->key = (string) \Drupal::service(PersonKeys::class)->add((int) $this->accounts['editor']->id(), 'test', 'Laptop', NULL, NULL)?->id;
    \Drupal::service('router.builder')->rebuild();
  }

  /**
   * Each route of the module.
   */
  public function testRoutes(): void {
    $routes = $this->routes();
    $this->assertSame([], array_diff(array_keys($routes), array_keys(self::PAGES), array_keys(self::ENDPOINTS)), 'Routes that no table names.');
    $this->assertSame([], array_diff([...array_keys(self::PAGES), ...array_keys(self::ENDPOINTS)], array_keys($routes)), 'Routes that are no more.');
    foreach (self::PAGES as $name => $expected) {
      $this->assertSame($expected, $this->whoMayOpen($name, $routes[$name], 'run'), $name);
      if (in_array($name, self::OWN_PAGES, TRUE)) {
        $this->assertSame("editor $expected", $this->whoMayOpen($name, $routes[$name], 'own run'), "$name of one's own run");
      }
    }
    foreach (self::ENDPOINTS as $name => $expected) {
      $statuses = array_map(fn (AccountInterface $account): int => $this->statusOf($routes[$name], $account), $this->accounts);
      $this->assertSame(array_map(static fn (string $who): int => $expected[$who] ?? $expected['*'], array_combine(array_keys($statuses), array_keys($statuses))), $statuses, $name);
    }
  }

  /**
   * Each entity type and operation.
   */
  public function testEntities(): void {
    foreach (self::OPERATIONS as $name => $operations) {
      foreach ($operations as $operation => $expected) {
        $this->assertSame($expected, $this->whoMay(fn (AccountInterface $account): bool => $this->entities[$name]->access($operation, $account)), "$operation of $name");
      }
    }
    foreach (self::CREATION as $type => $expected) {
      $handler = \Drupal::entityTypeManager()->getAccessControlHandler($type);
      $this->assertSame($expected, $this->whoMay(static fn (AccountInterface $account): bool => $handler->createAccess(NULL, $account)), "creation of $type");
    }
  }

  /**
   * An agent follows itself and the runs it started, and no other one.
   */
  public function testRunsOfAgents(): void {
    $run = $this->entities['run'];
    $child = $this->running(Agent::load('writer'), ['parent' => $run->uuid(), 'depth' => 1]);
    $account = $this->accounts['agent'];
    $may = fn (Run $other, string $operation): bool => $this->inRun($run, static fn (): bool => $other->access($operation, $account));
    $this->assertSame([TRUE, FALSE], [$may($run, 'view'), $may($run, 'manage')]);
    $this->assertSame([TRUE, TRUE], [$may($child, 'view'), $may($child, 'manage')]);
    $this->assertSame([FALSE, FALSE], [$may($this->entities['own run'], 'view'), $may($this->entities['own run'], 'manage')]);
  }

  /**
   * An ended run is undone by who reviews drafts and may see it, never by an agent.
   */
  public function testUndo(): void {
    $agent = Agent::load('writer');
    $ended = ['state' => 'completed', 'finished' => 1];
    $this->entities['ended'] = $this->running($agent, $ended);
    $this->entities['own ended'] = $this->running($agent, $ended + ['uid' => $this->accounts['editor']->id()]);
    $route = $this->routes()['background_agents.run_undo'];
    $this->assertSame('admin', $this->whoMayOpen('background_agents.run_undo', $route, 'ended'));
    $this->assertSame('editor admin', $this->whoMayOpen('background_agents.run_undo', $route, 'own ended'));
    $this->role('careless', ['review background agent drafts', 'view any background agent run']);
    $account = $this->accounts['agent'];
    $account->addRole('careless')->save();
    \Drupal::entityTypeManager()->getAccessControlHandler('background_agents_run')->resetCache();
    $this->assertFalse($this->as($account, fn (): bool => $this->entities['ended']->access('undo', $account)));
    $this->assertFalse($this->inRun($this->entities['ended'], fn (): bool => $this->entities['ended']->access('undo', $this->accounts['admin'])));
  }

  /**
   * Returns all routes of the module, by name.
   *
   * @return \Symfony\Component\Routing\Route[]
   *   All routes of the module, by name.
   */
  private function routes(): array {
    $found = [];
    foreach (\Drupal::service('router.route_provider')->getAllRoutes() as $name => $route) {
      if (str_contains($name, 'background_agents') && !str_starts_with($name, 'jsonapi.')) {
        $found[$name] = $route;
      }
    }
    return $found;
  }

  private function whoMayOpen(string $name, Route $route, string $run): string {
    $parameters = $this->parameters($route, $run);
    return $this->whoMay(static fn (AccountInterface $account): bool => \Drupal::accessManager()->checkNamedRoute($name, $parameters, $account));
  }

  /**
   * The names of the accounts for which something is so.
   */
  private function whoMay(callable $question): string {
    $may = array_filter($this->accounts, fn (AccountInterface $account): bool => $this->as($account, static fn (): bool => $question($account)));
    return implode(' ', array_keys($may));
  }

  /**
   * The status that a request without credentials of its own gets.
   *
   * As with a session, the account is current already.
   */
  private function statusOf(Route $route, AccountInterface $account): int {
    $path = $route->getPath();
    foreach ($this->parameters($route, 'run') as $name => $value) {
      $path = str_replace("{{$name}}", (string) $value, $path);
    }
    $request = Request::create($path, $route->getMethods()[0], content: str_ends_with($path, '/runs') ? '{"agent": "writer"}' : '{}');
    $request->headers->set('Content-Type', 'application/json');
    $request->headers->set('Accept', 'application/json');
    $request->setSession(new Session(new MockArraySessionStorage()));
    return $this->as($account, static fn (): int => \Drupal::service('http_kernel')->handle($request)->getStatusCode());
  }

  private function parameters(Route $route, string $run): array {
    $values = [
      'background_agents_run' => $this->entities[$run]->id(),
      'background_agents_agent' => 'writer',
      'background_agents_trigger' => 'daily',
      'background_agents_change' => $this->entities['change']->id(),
      'node' => $this->entities['change']->getTargetId(),
      'user' => $this->accounts['editor']->id(),
      'uuid' => $this->entities[$run]->uuid(),
      'id' => 'writer',
      'command' => 'cancel',
      'dispatch_key' => $this->key,
      'decision' => 'accept',
      'batch' => $this->batch,
      'webhook' => 1,
      'from' => 1,
      'to' => 1,
      'change' => $this->entities['change']->id(),
      'revision' => $this->entities['change']->getTargetRevisionId(),
      'expires' => 1,
      'signature' => 'none',
    ];
    return array_intersect_key($values, array_flip($route->compile()->getPathVariables()));
  }

  private function changeOf(Run $run, NodeInterface $article): EntityInterface {
    $change = Change::create([
      'run' => $run->id(),
      'agent' => 'writer',
      'target_type' => 'node',
      'target_bundle' => 'article',
      'target_uuid' => $article->uuid(),
      'target_id' => $article->id(),
      'target_langcode' => 'en',
      'target_revision' => $article->getRevisionId(),
      'operation' => 'revise',
      'status' => Change::PENDING,
    ]);
    $change->save();
    return $change;
  }

}
