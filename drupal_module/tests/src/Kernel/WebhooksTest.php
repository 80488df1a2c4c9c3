<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Form\Webhook\WebhookForm;
use Drupal\background_agents\Housekeeping;
use Drupal\background_agents\Http\Signature;
use Drupal\background_agents\Http\SignatureRefused;
use Drupal\background_agents\Report\EventIntake;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Sidecar\Secret;
use Drupal\background_agents\Webhook\DeliveryReport;
use Drupal\background_agents\Webhook\DeliveryStore;
use Drupal\background_agents\Webhook\RetryDelays;
use Drupal\background_agents\Webhook\WebhookEvent;
use Drupal\background_agents\Webhook\WebhookNews;
use Drupal\background_agents\Webhook\WebhookSecrets;
use Drupal\background_agents\Webhook\WebhookStore;
use Drupal\background_agents\Webhook\WebhookSubject;
use Drupal\Core\Form\FormState;
use Drupal\Core\Routing\RouteMatch;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\Routing\Route;

/**
 * Webhooks are told what comes of runs: by rows of the same transaction.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class WebhooksTest extends AgentsKernelTestBase {

  use TurnedTime;
  use WebhookWork;

  private const string URL = 'https://hooks.example.com/agents';

  private Agent $agent;

  private int $webhook;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->agent = $this->agent();
    $this->webhook = $this->addWebhook(WebhookSubject::agent('writer'));
    \Drupal::service('router.builder')->rebuild();
  }

  /**
   * Each event is a message that fits the contract, and names nobody.
   */
  public function testEvents(): void {
    $editor = $this->account('editor');
    $run = $this->running($this->agent, ['uid' => $editor->id()]);
    $this->pending($run);
    $this->finish($run, RunState::Completed, 'finished');
    $this->finish($this->running($this->agent), RunState::Failed, 'limit:steps');
    // A run that was refused is made as a failed one.
    $this->running($this->agent, ['state' => 'failed', 'reason' => 'account_blocked', 'finished' => $this->clock->now]);
    // Of a test run, or another agent's, nobody is told.
    $this->finish($this->running($this->agent, ['dry_run' => TRUE]), RunState::Completed, 'finished');
    $this->finish($this->running($this->agent('other')), RunState::Completed, 'finished');
    $messages = $this->messages();
    $this->assertSame(['run.finished', 'draft.ready', 'run.failed', 'run.failed'], array_column($messages, 'type'));
    foreach ($messages as $message) {
      $this->assertSame([], (new Contracts())->errors($message, 'webhook#/$defs/message'));
      $this->assertStringNotContainsString((string) $editor->uuid(), json_encode($message));
      $this->assertStringNotContainsString('Bread', json_encode($message));
    }
    $this->assertSame(1, $messages[1]->data->drafts_total);
    $this->assertSame($run->uuid(), $messages[1]->data->run->uuid);
    $this->assertSame('limit:steps', $messages[2]->data->run->reason);
  }

  /**
   * A question is told once, also when a run that was lost asks it again.
   */
  public function testQuestion(): void {
    $run = $this->running($this->agent);
    $events = [
      ['approval_requested', ['id' => 'q1', 'question' => 'Go on?', 'expires' => '2030-01-01T00:00:00Z']],
      ['run_waiting', ['for' => 'approval', 'id' => 'q1']],
    ];
    $asks = fn (int $seq): array => \Drupal::service(EventIntake::class)->takeIn([$this->reported($run, $seq, $events)]);
    $this->assertSame('ok', $asks(1)[$run->uuid()]['status']);
    $this->assertSame('ok', $asks(3)[$run->uuid()]['status']);
    [$message] = $messages = $this->messages();
    $this->assertCount(1, $messages);
    $this->assertSame(['run.question', 'waiting', 'q1'], [$message->type, $message->data->run->state, $message->data->question->id]);
    $this->assertSame([], (new Contracts())->errors($message, 'webhook#/$defs/message'));
  }

  /**
   * A transaction that is rolled back tells nobody.
   */
  public function testRolledBack(): void {
    $run = $this->running($this->agent);
    try {
      \Drupal::service(RunFinisher::class)->finish($run->uuid(), RunState::Completed, 'finished', within: function (): void {
        $this->assertSame(1, $this->rows('delivery'), 'It is born within the transaction of its cause.');
        throw new \RuntimeException('The process ends here.');
      });
      $this->fail('Nothing was thrown.');
    }
    catch (\RuntimeException) {
      $this->assertSame(0, $this->rows('delivery'));
    }
  }

  /**
   * Each is told what it wants, and what is off or of another site nothing.
   */
  public function testWhoIsTold(): void {
    $store = \Drupal::service(WebhookStore::class);
    $questions = $this->addWebhook(WebhookSubject::agent('writer'), [WebhookEvent::RunQuestion]);
    $off = $this->addWebhook(WebhookSubject::agent('writer'));
    $store->change($off, self::URL, ['run.finished'], FALSE);
    $this->finish($this->running($this->agent), RunState::Completed, 'finished');
    $this->assertSame([1, 0, 0], array_map(fn (int $id): int => $this->rows('delivery', ['webhook' => $id]), [$this->webhook, $questions, $off]));
    // A copy has the rows, and another address.
    $this->setSetting('background_agents', ['secrets' => [static::SECRET], 'base_url' => 'https://copy.example.org']);
    $this->assertSame([], $this->handOut());
    $this->finish($this->running($this->agent), RunState::Completed, 'finished');
    $this->assertSame(1, $this->rows('delivery'));
    // Until somebody says that it is to tell, too.
    $store->change($this->webhook, self::URL, ['run.finished'], TRUE);
    $this->assertCount(1, $this->handOut());
  }

  /**
   * In a rotation both secrets sign, and the old one ends.
   */
  public function testRotation(): void {
    $secrets = \Drupal::service(WebhookSecrets::class);
    $old = \Drupal::database()->query('SELECT secret FROM {background_agents_webhook} WHERE id = ?', [$this->webhook])->fetchField();
    $this->assertSame([TRUE], $this->verdicts('m', [$old]));
    $new = $secrets->rotate($this->webhook);
    $this->assertNotSame($old, $new);
    $this->assertSame([TRUE, TRUE], $this->verdicts('m', [$old, $new]));
    $this->clock->now += WebhookSecrets::BOTH_SECONDS;
    $this->assertSame([FALSE, TRUE], $this->verdicts('m', [$old, $new]));
    $this->assertStringNotContainsString($new, print_r(\Drupal::service(WebhookStore::class)->load($this->webhook), TRUE));
  }

  /**
   * Of two that ask at once, one gets the messages; a lost one frees them.
   */
  public function testLease(): void {
    $this->threeEnd();
    [$first] = $this->handOut();
    $this->assertSame('agent', $first['subject']);
    $this->assertCount(3, $first['messages']);
    $this->assertSame([], $this->handOut(), 'Another process gets none.');
    // It crashed between sending and reporting: the same ids, in their order.
    $this->clock->now += WebhookStore::LEASE_SECONDS;
    [$second] = $this->handOut();
    $this->assertSame(array_column($first['messages'], 'id'), array_column($second['messages'], 'id'));
    $this->assertNotSame($first['messages'][0]['headers']['webhook-timestamp'], $second['messages'][0]['headers']['webhook-timestamp']);
    $this->assertNotSame($first['messages'][0]['headers']['webhook-signature'], $second['messages'][0]['headers']['webhook-signature']);
    // The first one was late: what was taken was taken, a failure says nothing.
    $this->report($first, [200, 500]);
    $this->assertSame(['sent', 'waiting', 'waiting'], $this->states());
    $this->assertSame([], $this->handOut(), 'The second one still has it.');
    $this->report($second, [NULL, 204, 200], 1);
    $this->assertSame(['sent', 'sent', 'sent'], $this->states());
  }

  /**
   * A receiver that is down gets all later, in order, for a day.
   */
  public function testDown(): void {
    $this->finish($this->running($this->agent), RunState::Completed, 'finished');
    $this->report($this->handOut()[0], [503]);
    $this->finish($this->running($this->agent), RunState::Completed, 'finished');
    $this->assertSame([], $this->handOut(), 'The second waits with the first.');
    $attempts = 1;
    $begin = $this->clock->now;
    while ($this->states()[0] === 'waiting' && $this->clock->now < $begin + 3 * RetryDelays::DAY) {
      $this->clock->now += 300;
      foreach ($this->handOut() as $lane) {
        $this->assertCount(2, $lane['messages']);
        $this->report($lane, [$attempts++ % 2 ? NULL : 500]);
      }
    }
    $this->assertSame(['given_up', 'waiting'], $this->states());
    $this->assertGreaterThan(8, $attempts);
    $this->assertEqualsWithDelta(RetryDelays::DAY, $this->clock->now - $begin, 4 * 3600 + 1800);
    // A person can have it sent again, although the receiver rests.
    $this->assertTrue($this->deliveries()->again($this->webhook, 1));
    [$lane] = $this->handOut();
    $this->report($lane, [200]);
    $this->assertSame('sent', $this->states()[0]);
    [$lane] = $this->handOut();
    $this->report($lane, [200]);
    $this->assertSame(['sent', 'sent'], $this->states());
  }

  /**
   * A message that is refused alone lets others pass; 410 ends it all.
   */
  public function testRefusedAndGone(): void {
    $this->threeEnd();
    $this->report($this->handOut()[0], [400]);
    $this->assertSame(['waiting', 'waiting', 'waiting'], $this->states());
    [$lane] = $this->handOut();
    $this->assertCount(2, $lane['messages']);
    $this->report($lane, [200, 410]);
    $this->assertSame(['given_up', 'sent', 'given_up'], $this->states());
    $webhook = \Drupal::service(WebhookStore::class)->load($this->webhook);
    $this->assertSame([FALSE, 'gone'], [$webhook->isOn, $webhook->offReason]);
    $this->finish($this->running($this->agent), RunState::Completed, 'finished');
    $this->assertSame(3, $this->rows('delivery'));
    // A test is sent although it is off, and once only.
    \Drupal::service(WebhookNews::class)->test($webhook);
    [$lane] = $this->handOut();
    $this->assertSame('test', json_decode($lane['messages'][0]['body'])->type);
    $this->report($lane, [500]);
    $this->assertSame('given_up', $this->states()[3]);
    $this->assertSame([], $this->handOut());
  }

  /**
   * Runs end also before the update that brings the tables.
   */
  public function testBeforeTheUpdate(): void {
    foreach (['webhook', 'delivery'] as $table) {
      \Drupal::database()->schema()->dropTable("background_agents_$table");
    }
    $this->refreshServices();
    $run = $this->running($this->agent);
    $this->finish($run, RunState::Completed, 'finished');
    $this->assertSame([], $this->handOut());
    $this->assertFalse($this->deliveries()->tellDue());
    Run::load($run->id())->delete();
    \Drupal::service(Housekeeping::class)->tidy();
    $page = new RouteMatch('test', new Route('/{background_agents_agent}'), ['background_agents_agent' => $this->agent]);
    $state = (new FormState())->addBuildInfo('args', [$page])->setValues(['url' => self::URL, 'events' => ['run.failed' => 'run.failed']]);
    \Drupal::formBuilder()->submitForm(WebhookForm::class, $state);
    $this->assertSame(['The updates of this site have not been run since the module was updated. Ask an administrator to run them.'], array_map('strval', array_values($state->getErrors())));
    $this->agent->delete();
    \Drupal::moduleHandler()->loadInclude('background_agents', 'install');
    background_agents_update_11350();
    background_agents_update_11355();
    $this->agent('another');
    $this->assertNotSame(0, $this->addWebhook(WebhookSubject::agent('writer')));
  }

  /**
   * Old rows go, and those of runs and agents that are deleted.
   */
  public function testRemoval(): void {
    $run = $this->running($this->agent);
    $this->finish($run, RunState::Completed, 'finished');
    $this->report($this->handOut()[0], [200]);
    $this->finish($this->running($this->agent), RunState::Completed, 'finished');
    $this->finish($last = $this->running($this->agent), RunState::Completed, 'finished');
    Run::load($last->id())->delete();
    $this->assertSame(['sent', 'waiting'], $this->states());
    $this->clock->now += 91 * 86400;
    \Drupal::service(Housekeeping::class)->tidy();
    $this->assertSame(['waiting'], $this->states());
    $this->agent->delete();
    $this->assertSame([0, 0], [$this->rows('webhook'), $this->rows('delivery')]);
  }

  private function deliveries(): DeliveryStore {
    return \Drupal::service(DeliveryStore::class);
  }

  private function refreshServices(): void {
    \Drupal::service('kernel')->rebuildContainer();
    \Drupal::service('router.builder')->rebuild();
  }

  private function threeEnd(): void {
    for ($run = 0; $run < 3; $run++) {
      $this->finish($this->running($this->agent), RunState::Completed, 'finished');
    }
  }

  private function pending(Run $run): void {
    $article = $this->article();
    Change::create([
      'run' => $run->id(),
      'agent' => 'writer',
      'target_type' => 'node',
      'target_bundle' => 'article',
      'target_uuid' => $article->uuid(),
      'target_id' => $article->id(),
      'target_label' => 'Bread',
      'operation' => 'revise',
      'status' => Change::PENDING,
    ])->save();
  }

  /**
   * What receivers will be sent, decoded.
   *
   * @return \stdClass[]
   */
  private function messages(): array {
    return array_map(json_decode(...), \Drupal::database()->query('SELECT body FROM {background_agents_delivery} ORDER BY id')->fetchCol());
  }

  /**
   * The states of all deliveries, the oldest first.
   *
   * @return string[]
   */
  private function states(): array {
    return \Drupal::database()->query('SELECT state FROM {background_agents_delivery} ORDER BY id')->fetchCol();
  }

  /**
   * Reports statuses of the first messages, or of those from another one on.
   */
  private function report(array $lane, array $statuses, int $from = 0): void {
    $results = [];
    foreach ($statuses as $at => $status) {
      $results[] = ['id' => $lane['messages'][$at]['id'], 'status' => $status, 'text' => '', 'error' => $status === NULL ? 'No answer.' : ''];
    }
    $report = json_decode(json_encode(['webhook' => $lane['webhook'], 'lease' => $lane['lease'], 'results' => array_slice($results, $from)]));
    $this->assertSame([], (new Contracts())->errors($report, 'webhook#/$defs/report'));
    \Drupal::service(DeliveryReport::class)->take($report);
  }

  /**
   * Whether each secret fits one of the signatures.
   */
  private function verdicts(string $message, array $secrets): array {
    $headers = \Drupal::service(WebhookSecrets::class)->sign($this->webhook, 'd2s_' . str_repeat('0', 32), $message);
    return array_map(function (string $secret) use ($headers, $message): bool {
      try {
        (new Signature([Secret::parse($secret)]))->verify([
          'id' => $headers['webhook-id'],
          'timestamp' => $headers['webhook-timestamp'],
          'signature' => $headers['webhook-signature'],
        ], $message, Signature::FROM_DRUPAL, $this->clock->now, static fn (): bool => TRUE);
        return TRUE;
      }
      catch (SignatureRefused) {
        return FALSE;
      }
    }, $secrets);
  }

}
