<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Dispatch\Via;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Form\Webhook\WebhookForm;
use Drupal\background_agents\Install\WebhookTables;
use Drupal\background_agents\Key\CurrentKey;
use Drupal\background_agents\Key\DispatchKey;
use Drupal\background_agents\Key\DispatchKeyToken;
use Drupal\background_agents\Key\KeyPageAccess;
use Drupal\background_agents\Key\KeyStore;
use Drupal\background_agents\Key\PersonKeys;
use Drupal\background_agents\Report\EventIntake;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Webhook\Delivery;
use Drupal\background_agents\Webhook\DeliveryStore;
use Drupal\background_agents\Webhook\WebhookNews;
use Drupal\background_agents\Webhook\WebhookSecrets;
use Drupal\background_agents\Webhook\WebhookStore;
use Drupal\background_agents\Webhook\WebhookSubject;
use Drupal\Core\Form\FormState;
use Drupal\Core\Routing\RouteMatch;
use Drupal\user\Entity\Role;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpKernel\Exception\NotFoundHttpException;
use Symfony\Component\Routing\Route;

/**
 * Webhooks of a dispatch key are told of its runs, as long as it is good.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class KeyWebhooksTest extends AgentsKernelTestBase {

  use KeyOwner;
  use TurnedTime;
  use WebhookWork;

  private const string URL = 'https://hooks.example.com/mine';

  private DispatchKey $key;

  private int $webhook;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->makeOwner('run any background agent', 'view own background agent runs', 'manage own background agent runs');
    $this->key = $this->key('first');
    $this->webhook = $this->addWebhook(WebhookSubject::key($this->key->id, $this->key->uid));
    \Drupal::service('router.builder')->rebuild();
  }

  /**
   * Each event of a run of the key is told, and is born with its cause.
   */
  public function testToldOfItsRuns(): void {
    $run = $this->of($this->key);
    try {
      \Drupal::service(RunFinisher::class)->finish($run->uuid(), RunState::Completed, 'finished', within: function (): void {
        $this->assertSame(['run.finished'], $this->told(), 'It is born within the transaction of its cause.');
        throw new \RuntimeException('The process ends here.');
      });
      $this->fail('Nothing was thrown.');
    }
    catch (\RuntimeException) {
      $this->assertSame([], $this->told());
    }
    $events = [
      ['approval_requested', ['id' => 'q1', 'question' => 'Go on?', 'expires' => '2030-01-01T00:00:00Z']],
      ['run_waiting', ['for' => 'approval', 'id' => 'q1']],
    ];
    $this->assertSame('ok', \Drupal::service(EventIntake::class)->takeIn([$this->reported($run, 1, $events)])[$run->uuid()]['status']);
    $this->finish($run);
    // A run that was refused is made as a failed one.
    $this->of($this->key, ['state' => 'failed', 'reason' => 'account_blocked', 'finished' => $this->clock->now]);
    $this->assertSame(['run.question', 'run.finished', 'run.failed'], $this->told());
    [$lane] = $this->handOut();
    $this->assertSame('key', $lane['subject']);
    foreach ($lane['messages'] as $message) {
      $this->assertSame([], (new Contracts())->errors(json_decode($message['body']), 'webhook#/$defs/message'));
      $this->assertStringNotContainsString('owner', $message['body']);
      $this->assertStringNotContainsString('Laptop', $message['body']);
    }
  }

  /**
   * Of another key's runs, the owner's own, or a test run nobody is told.
   */
  public function testOfNoOtherRuns(): void {
    $second = $this->key('second');
    $other = $this->account('other', 'person');
    $this->finish($this->of($second));
    $this->finish($this->of($this->key('third', $other)));
    $this->finish($this->of($this->key, ['dry_run' => TRUE]));
    $this->finish($this->running($this->theAgent(), ['uid' => $this->owner->id(), 'via_means' => 'session']));
    // A row that names the key, and another person.
    $this->finish($this->of($this->key, ['uid' => $other->id()]));
    // The key is not for this agent any more.
    $run = $this->of($this->key);
    \Drupal::service(PersonKeys::class)->change(new DispatchKey($this->key->id, $this->key->uid, 'Laptop', ['other'], 1));
    $this->finish($run);
    $this->assertSame([], $this->told());
    // Agents' webhooks hear of the runs of keys as of all others, each once.
    $agents = \Drupal::service(WebhookStore::class)->add(WebhookSubject::agent('writer'), self::URL, ['run.finished'], 'whsec_' . base64_encode('x'));
    \Drupal::service(PersonKeys::class)->change($this->key);
    $this->finish($this->of($this->key));
    $this->finish($this->of($second));
    $this->assertSame([$this->webhook, $agents, $agents], array_map(intval(...), \Drupal::database()->query('SELECT webhook FROM {background_agents_delivery} ORDER BY id')->fetchCol()));
  }

  /**
   * A run that the very key dispatched and then cancels is told, too.
   */
  public function testWithinItsOwnRequest(): void {
    $current = \Drupal::service(CurrentKey::class);
    \Drupal::currentUser()->setAccount($this->owner);
    $current->set($this->key);
    $run = \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest(agent: 'writer', triggerType: 'api', requester: (int) $this->owner->id()))->run;
    assert($run !== NULL);
    $this->assertSame($this->key->id, Via::of($run)?->key);
    $this->assertTrue(\Drupal::service(RunFinisher::class)->finish($run->uuid(), RunState::Cancelled, 'cancelled'));
    $this->assertSame(['run.failed'], $this->told());
    // What the key may is what it was before the question.
    $this->assertFalse($this->owner->hasPermission('have dispatch keys for background agents'));
  }

  /**
   * What ends a right closes what waits, visibly, and nothing is told then.
   */
  public function testWhileTheKeyIsGood(): void {
    $role = Role::load('person');
    assert($role instanceof Role);
    $endings = [
      'has expired' => [fn () => $this->expire($this->clock->now), fn () => $this->expire(NULL)],
      'may not have keys' => [
        fn () => $role->revokePermission('have dispatch keys for background agents')->save(),
        fn () => $role->grantPermission('have dispatch keys for background agents')->save(),
      ],
      'may not see this run' => [
        fn () => $role->revokePermission('view own background agent runs')->save(),
        fn () => $role->grantPermission('view own background agent runs')->save(),
      ],
    ];
    foreach ($endings as $why => [$end, $begin]) {
      $this->finish($this->of($this->key));
      $end();
      $this->assertSame([], $this->handOut(), $why);
      $newest = $this->newest();
      $this->assertSame('given_up', $newest->state->value, $why);
      $this->assertStringContainsString($why, $newest->error);
      $before = count($this->told());
      $this->finish($this->of($this->key));
      $this->assertCount($before, $this->told(), "Nothing is born: $why");
      // Nor is it sent because a person asks for it again.
      \Drupal::service(DeliveryStore::class)->again($this->webhook, $newest->id);
      $this->assertSame([], $this->handOut(), $why);
      $this->assertSame('given_up', $this->newest()->state->value);
      $begin();
    }
    $this->finish($this->of($this->key));
    $this->assertCount(1, $this->handOut(), 'It is told again when the right is back.');
  }

  /**
   * With a key its webhooks go: revoked, or its owner blocked or deleted.
   */
  public function testRemoved(): void {
    $second = $this->key('second');
    $kept = $this->addWebhook(WebhookSubject::key($second->id, $second->uid));
    $this->finish($this->of($this->key));
    \Drupal::service(PersonKeys::class)->revoke($this->key, (int) $this->owner->id());
    $this->assertSame([], $this->told());
    $this->assertSame([$kept], $this->webhooks());
    $this->finish($this->of($this->key));
    $this->assertSame([], $this->told());
    $this->owner->block()->save();
    $this->assertSame([], $this->webhooks());
    $this->owner->activate()->save();
    $this->addWebhook(WebhookSubject::key($this->key('another')->id, $this->key('another')->uid));
    $this->finish($run = $this->of($this->key('another')));
    $this->assertNotSame([], $this->told());
    $this->owner->delete();
    $this->assertSame([[], []], [$this->webhooks(), $this->told()]);
    $this->assertNull(Run::load($run->id())?->get('via_key')->value);
  }

  /**
   * A test message is of no agent, and not sent for a key that is not good.
   */
  public function testTest(): void {
    $webhook = \Drupal::service(WebhookStore::class)->load($this->webhook);
    assert($webhook !== NULL);
    \Drupal::service(WebhookNews::class)->test($webhook);
    [$lane] = $this->handOut();
    $message = json_decode($lane['messages'][0]['body']);
    $this->assertSame([], (new Contracts())->errors($message, 'webhook#/$defs/message'));
    $this->assertSame(['test', NULL], [$message->type, $message->data->agent]);
    $this->clock->now += WebhookStore::LEASE_SECONDS;
    $this->expire($this->clock->now);
    \Drupal::service(WebhookNews::class)->test($webhook);
    $this->assertSame([], $this->handOut());
  }

  /**
   * Pages find the webhooks of their own key alone, and no more than ten.
   */
  public function testPages(): void {
    \Drupal::currentUser()->setAccount($this->owner);
    $second = $this->key('second');
    foreach ([[$second, $this->webhook], [$this->key, 4711]] as [$key, $number]) {
      try {
        $this->form($key, (string) $number, []);
        $this->fail('It was found.');
      }
      catch (NotFoundHttpException) {
        $this->assertSame([$this->webhook], $this->webhooks());
      }
    }
    $agent = new RouteMatch('test', new Route('/{background_agents_agent}'), ['background_agents_agent' => $this->theAgent()]);
    $this->assertFalse(WebhookSubject::ofPage($agent)->has(\Drupal::service(WebhookStore::class)->load($this->webhook)), 'Nor those of agents.');
    $this->form($this->key, NULL, ['url' => self::URL, 'events' => ['run.failed' => 'run.failed']]);
    $this->assertCount(2, $this->webhooks());
    for ($more = 0; $more < 8; $more++) {
      $this->addWebhook(WebhookSubject::key($this->key->id, $this->key->uid));
    }
    $errors = $this->form($this->key, NULL, ['url' => self::URL, 'events' => ['run.failed' => 'run.failed']])->getErrors();
    $this->assertStringContainsString('up to 10 webhooks', (string) reset($errors));
    $another = $this->account('another', 'person');
    $access = \Drupal::classResolver(KeyPageAccess::class);
    foreach (['edit', 'revoke'] as $operation) {
      $this->assertFalse($access->$operation($this->owner, $this->key->id, $another)->isAllowed());
      $this->assertFalse($access->$operation($another, $this->key->id, $another)->isAllowed());
    }
  }

  /**
   * Agents' webhooks work before the update that brings those of keys.
   */
  public function testBeforeTheUpdate(): void {
    $schema = \Drupal::database()->schema();
    \Drupal::database()->delete('background_agents_webhook')->execute();
    $schema->dropIndex('background_agents_webhook', 'dispatch_key');
    $schema->dropField('background_agents_webhook', 'dispatch_key');
    \Drupal::service('kernel')->rebuildContainer();
    \Drupal::service('router.builder')->rebuild();
    $store = \Drupal::service(WebhookStore::class);
    $store->add(WebhookSubject::agent('writer'), self::URL, ['run.finished'], \Drupal::service(WebhookSecrets::class)->make());
    $this->finish($this->of($this->key));
    $this->assertSame(['run.finished'], $this->told());
    $this->assertCount(1, $this->handOut());
    $this->assertSame([], $store->of(WebhookSubject::key($this->key->id, 1)));
    \Drupal::service(PersonKeys::class)->revoke($this->key, 1);
    \Drupal::moduleHandler()->loadInclude('background_agents', 'install');
    background_agents_update_11355();
    background_agents_update_11355();
    $this->assertTrue($schema->indexExists('background_agents_webhook', 'dispatch_key'));
    $this->assertEqualsCanonicalizing(array_keys(WebhookTables::all()['background_agents_webhook']['fields']), array_keys((array) \Drupal::database()->query('SELECT * FROM {background_agents_webhook}')->fetchAssoc()));
  }

  private function key(string $request, ?UserInterface $owner = NULL): DispatchKey {
    $uid = (int) ($owner ?? $this->owner)->id();
    \Drupal::service(PersonKeys::class)->add($uid, $request, 'Laptop', NULL, NULL);
    // The same request gives the same id.
    $key = \Drupal::service(KeyStore::class)->load(DispatchKeyToken::make("$uid\n$request")->id);
    assert($key !== NULL);
    return $key;
  }

  private function theAgent(): Agent {
    $agent = Agent::load('writer');
    assert($agent instanceof Agent);
    return $agent;
  }

  /**
   * A run that a key has dispatched.
   */
  private function of(DispatchKey $key, array $values = []): Run {
    return $this->running($this->theAgent(), $values + ['uid' => $key->uid, 'via_means' => 'key', 'via_key' => $key->id, 'via_name' => 'Laptop']);
  }

  private function expire(?int $time): void {
    \Drupal::service(PersonKeys::class)->change(new DispatchKey($this->key->id, $this->key->uid, 'Laptop', NULL, 1, $time));
  }

  private function newest(): Delivery {
    return \Drupal::service(DeliveryStore::class)->newest($this->webhook, 0, 1)[0];
  }

  /**
   * Types of all messages, the oldest first.
   *
   * @return string[]
   */
  private function told(): array {
    return \Drupal::database()->query('SELECT event FROM {background_agents_delivery} ORDER BY id')->fetchCol();
  }

  /**
   * Numbers of all webhooks.
   *
   * @return int[]
   */
  private function webhooks(): array {
    return array_map(intval(...), \Drupal::database()->query('SELECT id FROM {background_agents_webhook} ORDER BY id')->fetchCol());
  }

  private function form(DispatchKey $key, ?string $webhook, array $values): FormState {
    $page = new RouteMatch('test', new Route('/{user}/{dispatch_key}'), ['user' => $this->owner, 'dispatch_key' => $key->id]);
    $state = (new FormState())->setValues($values)->addBuildInfo('args', [$page, $webhook]);
    \Drupal::formBuilder()->submitForm(WebhookForm::class, $state);
    return $state;
  }

}
