<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Key\CurrentKey;
use Drupal\background_agents\Key\DispatchKey;
use Drupal\background_agents\Run\RunData;
use Drupal\Core\Session\AccountInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpFoundation\Session\Storage\MockArraySessionStorage;

/**
 * A refusal tells nothing of what it keeps: no title, agent, state or drafts.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class RefusalsTest extends AgentsKernelTestBase {

  use EndpointRequests;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    \Drupal::service('router.builder')->rebuild();
    $this->agent(values: ['label' => 'Secret writer']);
    $this->agent('other');
    $this->role('person', ['run other background agent', 'view own background agent runs', 'manage own background agent runs']);
    $this->role('idle', ['access content']);
  }

  /**
   * Of all runs of others one is told the same, byte by byte, by every route.
   */
  public function testRunsOfOthers(): void {
    $agent = \Drupal::entityTypeManager()->getStorage('background_agents_agent')->load('writer');
    $owner = $this->account('owner', 'person');
    $queued = $this->running($agent, ['uid' => $owner->id(), 'state' => 'queued']);
    $ended = $this->running($agent, ['uid' => $owner->id(), 'state' => 'failed', 'reason' => 'limit:steps', 'message' => 'Secret message', 'target_label' => 'Secret title', 'finished' => 5]);
    $asks = $this->running($agent, ['uid' => $owner->id(), 'state' => 'waiting', 'waiting_for' => 'approval', 'agent_label' => 'Secret name']);
    Change::create([
      'run' => $ended->id(),
      'agent' => 'writer',
      'operation' => 'create',
      'status' => Change::PENDING,
      'target_type' => 'node',
      'target_bundle' => 'article',
      'target_uuid' => 'x',
      'target_label' => 'Secret draft',
    ])->save();
    foreach ([$queued, $ended, $asks] as $run) {
      \Drupal::service(RunData::class)->insert((int) $run->id(), (object) ['topic' => 'Secret input']);
    }
    $people = ['person' => $this->account('paula', 'person'), 'idle' => $this->account('ida', 'idle'), 'agent' => $this->accountOf($agent)];
    foreach ($people as $name => $person) {
      foreach ($this->calls() as [$method, $path, $body]) {
        $answers = array_map(fn ($run): array => $this->answer($person, $method, "runs/{$run->uuid()}$path", $body), [$queued, $ended, $asks]);
        $this->assertSame([$answers[0], $answers[0]], [$answers[1], $answers[2]], "$name: $method $path $body");
        [$status, $headers, $text] = $answers[0];
        $this->assertSame(403, $status, "$name: $method $path $body");
        $this->assertSame([], array_intersect(array_keys($headers), ['etag', 'last-modified', 'location', 'retry-after', 'x-drupal-cache-tags', 'set-cookie']), $path);
        $this->assertSame(['type', 'title', 'status', 'code', 'detail'], array_keys(json_decode($text, TRUE)));
        $this->assertDoesNotMatchRegularExpression('/secret|writer|queued|failed|waiting|owner"/i', $text);
      }
    }
  }

  /**
   * Of agents that one may not run one is told the same, however they are.
   */
  public function testAgentsOfOthers(): void {
    $agents = \Drupal::entityTypeManager()->getStorage('background_agents_agent');
    $article = $this->article();
    $person = $this->account('paula', 'person');
    $key = new DispatchKey('abcdefghij', (int) $person->id(), 'Laptop', ['other'], 1);
    foreach ([NULL, $key] as $by) {
      foreach (['as it is', 'disabled', 'of no account', 'no AI agent', 'deleted'] as $how) {
        $agent = $agents->load('writer');
        match ($how) {
          'as it is' => NULL,
          'disabled' => $agent?->disable()->save(),
          'of no account' => $agent?->set('role', NULL)->save(),
          'no AI agent' => $agent?->set('definition', ['ai_agent' => 'gone'] + $agent->getDefinition())->save(),
          'deleted' => $by === NULL ? NULL : $agent?->delete(),
        };
        foreach ([
          ['runs', ['agent' => 'writer', 'input' => ['any' => 1]]],
          ['runs', ['agent' => 'writer', 'dry_run' => TRUE]],
          ['runs', ['agent' => 'writer', 'priority' => 3, 'delay' => 5, 'key' => 'k']],
          ['batches', ['agent' => 'writer', 'filter' => new \stdClass()]],
          ['batches', ['agent' => 'writer', 'items' => [['uuid' => $article->uuid()]]]],
        ] as [$path, $body]) {
          $text = (string) json_encode($body);
          $found = $this->answer($person, 'POST', $path, $text, $by);
          $unknown = $this->answer($person, 'POST', $path, str_replace('writer', 'nobody', $text), $by);
          $this->assertSame(403, $found[0], "$how: $path");
          $this->assertSame($unknown[2], str_replace('writer', 'nobody', $found[2]), "$how: $path");
          $this->assertSame($unknown[1], $found[1], "$how: $path");
        }
      }
    }
    $this->assertSame([0, 0], [$this->rows('run'), $this->rows('batch')]);
    // Who may run all agents is told what is wrong with the name.
    $this->role('runner', ['run any background agent']);
    $this->assertRefusedRequest(404, 'agent_unknown', $this->account('rita', 'runner'), 'runs', ['agent' => 'nobody']);
  }

  /**
   * Requests about a run, with bodies that fit and such that do not.
   *
   * @return list<array{string, string, string}>
   *   Method, rest of the path, body.
   */
  private function calls(): array {
    $calls = [];
    foreach (['', '/events', '/effects', '/drafts', '?_format=json', '/events?after=-1', '/drafts?limit=x', '/drafts?cursor=x'] as $path) {
      $calls[] = ['GET', $path, ''];
    }
    foreach (['cancel', 'pause', 'resume', 'retry', 'answer', 'decide', 'send-back'] as $command) {
      foreach (['', '{}', '{"note": "x"}', '{"id": "q1", "decision": "approve"}', '{"more": 1}', '{', '[]'] as $body) {
        $calls[] = ['POST', "/$command", $body];
      }
      $calls[] = ['POST', "/$command?x=1", '{}'];
    }
    return $calls;
  }

  /**
   * Status, headers and body of an answer.
   *
   * @return array{int, array<string, mixed>, string}
   *   Without what changes with each request.
   */
  private function answer(AccountInterface $account, string $method, string $path, string $body, ?DispatchKey $key = NULL): array {
    $request = Request::create("/background-agents/v1/$path", $method, content: $body);
    $request->headers->add(['Content-Type' => 'application/json', 'Accept' => 'application/json']);
    $request->setSession(new Session(new MockArraySessionStorage()));
    $listener = static fn () => \Drupal::service(CurrentKey::class)->set($key);
    // Behind authentication, which takes away the key of another request.
    \Drupal::service('event_dispatcher')->addListener('kernel.request', $listener, 200);
    try {
      $response = $this->as($account, static fn () => \Drupal::service('http_kernel')->handle($request));
    }
    finally {
      \Drupal::service('event_dispatcher')->removeListener('kernel.request', $listener);
      \Drupal::service(CurrentKey::class)->set(NULL);
    }
    $headers = array_diff_key($response->headers->all(), ['date' => 0, 'expires' => 0]);
    ksort($headers);
    return [$response->getStatusCode(), $headers, (string) $response->getContent()];
  }

}
