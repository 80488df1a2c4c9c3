<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Batch\BatchCommands;
use Drupal\background_agents\Batch\BatchDispatch;
use Drupal\background_agents\Batch\BatchRunner;
use Drupal\background_agents\Batch\BatchStore;
use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Dispatch\Via;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Install\BatchTables;
use Drupal\background_agents\Key\CurrentKey;
use Drupal\background_agents\Key\DispatchKey;
use Drupal\background_agents\Key\DispatchKeyToken;
use Drupal\background_agents\Key\KeyStore;
use Drupal\background_agents\Key\PersonKeys;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\StartedRun;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\background_agents\Webhook\WebhookSecrets;
use Drupal\background_agents\Webhook\WebhookStore;
use Drupal\background_agents\Webhook\WebhookSubject;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * What is started in batches and by agents tells by which means it began.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class AskedByMeansTest extends AgentsKernelTestBase {

  use EndpointRequests;

  private const array BATCH = ['agent' => 'writer', 'filter' => ['bundles' => ['article']], 'key' => 'once'];

  private UserInterface $owner;
  private DispatchKey $key;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    \Drupal::service('router.builder')->rebuild();
    $this->agent();
    $this->agent('boss', ['agents' => [['agent' => 'writer', 'wait' => TRUE]]], 'writer');
    $this->role('person', [
      'access content',
      'run any background agent',
      'view own background agent runs',
      'manage own background agent runs',
      'have dispatch keys for background agents',
    ]);
    $this->owner = $this->account('owner', 'person');
    $uid = (int) $this->owner->id();
    \Drupal::service(PersonKeys::class)->add($uid, 'first', 'Laptop', NULL, NULL);
    $this->key = \Drupal::service(KeyStore::class)->load(DispatchKeyToken::make("$uid\nfirst")->id);
    \Drupal::service(WebhookStore::class)->add(WebhookSubject::key($this->key->id, $uid), 'https://hooks.example.com/mine', ['run.finished'], \Drupal::service(WebhookSecrets::class)->make());
    $this->article();
    $this->article();
  }

  /**
   * Each run of a batch has the door, the key and the webhooks of its batch.
   */
  public function testBatches(): void {
    $batch = $this->batchByKey();
    $via = ['door' => 'a2a', 'means' => 'key', 'key' => 'Laptop', 'client' => NULL];
    $this->assertSame($via, $batch['via']);
    // Cron makes the runs: nobody asks for anything then.
    \Drupal::service(BatchRunner::class)->byCron();
    $runs = $this->found($this->owner, "runs?batch={$batch['id']}", 'runs')['runs'];
    $this->assertSame([['a2a', $via], ['a2a', $via]], array_map(static fn (array $run): array => [$run['trigger']['type'], $run['via']], $runs));
    foreach ($runs as $run) {
      \Drupal::service(RunFinisher::class)->finish($run['uuid'], RunState::Completed, 'done');
    }
    $this->assertSame(array_column($runs, 'uuid'), $this->told());
    // By a program that is signed in, at the site itself.
    $own = $this->as($this->owner, fn (): array => $this->found($this->owner, 'batches', 'batch#/$defs/batch', ['key' => 'twice'] + self::BATCH));
    $this->assertSame(['door' => 'api', 'means' => 'session', 'key' => NULL, 'client' => NULL], $own['via']);
  }

  /**
   * Items that were cancelled before they began, too.
   */
  public function testCancelledItems(): void {
    $batch = $this->batchByKey();
    $found = \Drupal::service(BatchStore::class)->load($batch['id']);
    \Drupal::service(BatchCommands::class)->cancel($found, (int) $this->owner->id(), FALSE);
    \Drupal::service(BatchRunner::class)->letIn();
    $this->assertSame(2, $this->rows('run', ['state' => 'cancelled', 'trigger_type' => 'a2a', 'via_means' => 'key', 'via_key' => $this->key->id, 'via_name' => 'Laptop']));
  }

  /**
   * What an agent starts has means and priority of its run, waited for or not.
   */
  public function testWhatAgentsStart(): void {
    foreach ([StartedRun::WAIT, StartedRun::DETACH] as $way) {
      $boss = $this->agentNamed('boss');
      $boss->set('binding', ['agents' => [['agent' => 'writer', 'wait' => $way === StartedRun::WAIT]]] + $boss->getBinding())->save();
      $parent = $this->byKey(fn (): ?Run => $this->dispatch('boss', 'mcp', ['requester' => (int) $this->owner->id(), 'priority' => 7]));
      $child = $this->inRun($parent, fn (): ?Run => $this->dispatch('writer', 'agent'));
      $this->assertSame([$way, 7, 7], [$child->getOperation(), $child->getPriority(), \Drupal::service(Outbox::class)->jobOf($child->uuid())->priority]);
      $this->assertEquals(Via::of($parent), Via::of($child));
      $this->assertSame($this->key->id, Via::of($child)?->key);
      \Drupal::service(RunFinisher::class)->finish($child->uuid(), RunState::Completed, 'done');
      $this->assertSame($child->uuid(), $this->told()[array_key_last($this->told())]);
      // It cannot give itself another one.
      $account = $this->accountOf($this->agentNamed('boss'));
      $this->inRun($parent, fn (): array => $this->assertRefusedRequest(422, 'invalid', $account, 'runs', ['agent' => 'writer', 'priority' => 10]));
    }
    // Nobody has asked for the runs of cron, nor for what they start.
    $child = $this->inRun($this->dispatch('boss', 'cron'), fn (): ?Run => $this->dispatch('writer', 'agent'));
    $this->assertSame([NULL, 0], [Via::of($child), $child->getPriority()]);
  }

  /**
   * Of a child whose agent the key is not for nobody is told by it.
   */
  public function testAKeyIsToldOfItsAgentsAlone(): void {
    $parent = $this->byKey(fn (): ?Run => $this->dispatch('boss', 'api', ['requester' => (int) $this->owner->id()]));
    \Drupal::service(PersonKeys::class)->change(new DispatchKey($this->key->id, $this->key->uid, 'Laptop', ['boss'], 1));
    $child = $this->inRun($parent, fn (): ?Run => $this->dispatch('writer', 'agent'));
    foreach ([$child, $parent] as $run) {
      \Drupal::service(RunFinisher::class)->finish($run->uuid(), RunState::Completed, 'done');
    }
    $this->assertSame([$parent->uuid()], $this->told());
  }

  /**
   * The names of keys go with their person.
   */
  public function testForgotten(): void {
    $this->batchByKey();
    $this->owner->delete();
    $this->assertSame(1, $this->rows('batch'));
    $this->assertSame(0, (int) \Drupal::database()->query('SELECT COUNT(*) FROM {background_agents_batch} WHERE via_key IS NOT NULL OR via_name IS NOT NULL')->fetchField());
  }

  /**
   * Before the update batches work as ever, and tell nothing of it.
   */
  public function testBeforeTheUpdate(): void {
    $schema = \Drupal::database()->schema();
    foreach (array_keys(BatchTables::means()) as $column) {
      $schema->dropField('background_agents_batch', $column);
    }
    $batch = $this->batchByKey();
    $this->assertNull($batch['via']);
    \Drupal::service(BatchRunner::class)->byCron();
    $this->assertSame(2, $this->rows('run', ['trigger_type' => 'manual']));
    \Drupal::moduleHandler()->loadInclude('background_agents', 'install');
    background_agents_update_11360();
    background_agents_update_11360();
    $this->assertEqualsCanonicalizing(array_keys(BatchTables::all()['background_agents_batch']['fields']), array_keys((array) \Drupal::database()->query('SELECT * FROM {background_agents_batch}')->fetchAssoc()));
    $this->assertSame(['manual', NULL], [\Drupal::service(BatchStore::class)->load($batch['id'])->door, \Drupal::service(BatchStore::class)->load($batch['id'])->via]);
  }

  /**
   * Does something in a request that the key authenticates.
   */
  private function byKey(callable $work): mixed {
    $current = \Drupal::service(CurrentKey::class);
    $current->set($this->key);
    try {
      return $this->as($this->owner, $work);
    }
    finally {
      $current->set(NULL);
    }
  }

  /**
   * A batch that the key has started by A2A, as documents show it.
   */
  private function batchByKey(): array {
    $body = json_decode((string) json_encode(self::BATCH));
    [$batch] = $this->byKey(fn (): array => \Drupal::service(BatchDispatch::class)->make($body, (int) $this->owner->id(), 'a2a'));
    return $this->found($this->owner, "batches/$batch->id", 'batch#/$defs/batch');
  }

  private function dispatch(string $agent, string $trigger, array $values = []): ?Run {
    return \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest(...$values + ['agent' => $agent, 'triggerType' => $trigger]))->run;
  }

  private function agentNamed(string $id): mixed {
    return \Drupal::entityTypeManager()->getStorage('background_agents_agent')->load($id);
  }

  /**
   * UUIDs of the runs of which the webhook was told, in their order.
   *
   * @return string[]
   */
  private function told(): array {
    $bodies = \Drupal::database()->query('SELECT body FROM {background_agents_delivery} ORDER BY id')->fetchCol();
    return array_map(function (string $body): string {
      $this->assertSame([], (new Contracts())->errors(json_decode($body), 'webhook#/$defs/message'));
      return json_decode($body)->data->run->uuid;
    }, $bodies);
  }

}
