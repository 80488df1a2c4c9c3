<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Batch\BatchItem;
use Drupal\background_agents\Batch\BatchMaker;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\CallerSignature;
use Drupal\background_agents\Key\CurrentKey;
use Drupal\background_agents\Key\DispatchKey;
use Drupal\background_agents\Key\DispatchKeyToken;
use Drupal\background_agents\Key\KeyStore;
use Drupal\background_agents\Run\RunListAccess;
use Drupal\background_agents\Sidecar\Secret;
use Drupal\Core\Routing\RouteObjectInterface;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpFoundation\Session\Storage\MockArraySessionStorage;

/**
 * What a dispatch key opens, for whom, and from when on it does no more.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class DispatchKeysTest extends AgentsKernelTestBase {

  use KeyOwner;

  private const string ME = '/background-agents/v1/me';

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['basic_auth', 'rest', 'views', 'block'];

  /**
   * The agents "writer" and "other", of which people may run both.
   */
  protected function setUp(): void {
    parent::setUp();
    $this->makeOwner('run any background agent', 'view any background agent run', 'manage own background agent runs', 'edit any article content');
    \Drupal::service('router.builder')->rebuild();
  }

  /**
   * A key's request is its owner's; the means and the key are told.
   */
  public function testMe(): void {
    $token = $this->key($this->owner, ['writer'], \Drupal::time()->getCurrentTime() + 100);
    foreach ([['Authorization' => "Bearer $token"], ['Authorization' => "bearer  $token"], ['X-Background-Agents-Key' => $token]] as $headers) {
      $me = json_decode((string) $this->request(self::ME, $headers)->getContent());
      $this->assertSame([$this->owner->uuid(), 'key', 'Laptop', ['writer'], 'own', 'own'], [$me->account, $me->means, $me->key->name, $me->agents, $me->runs, $me->manage]);
      $this->assertNotNull($me->expires);
    }
    $all = json_decode((string) $this->request(self::ME, ['Authorization' => 'Bearer ' . $this->key($this->owner)])->getContent());
    $this->assertSame(['other', 'writer'], $all->agents);
  }

  /**
   * One answer, whatever is wrong; never the account, and never anonymous.
   */
  public function testRefused(): void {
    $good = $this->key($this->owner);
    $blocked = $this->account('blocked', 'person');
    $tokens = [
      'no form' => 'bgd_x',
      'another secret' => substr($good, 0, 15) . str_repeat('A', 43),
      'unknown' => 'bgd_' . str_repeat('a', 10) . substr($good, 14),
      'expired' => $this->key($this->owner, NULL, \Drupal::time()->getCurrentTime()),
      'owner blocked' => $this->key($blocked),
      'owner gone' => $this->key(User::create(['uid' => 9999])),
      'no permission' => $this->key($this->account('stranger', 'writer_fan')),
      'an agent' => $this->key($this->accountOf(Agent::load('writer'))),
      'upper case' => strtoupper($good),
      'newline' => "$good\nx",
    ];
    $this->accountOf(Agent::load('writer'))->addRole('person')->save();
    $blocked->block()->save();
    $answers = array_map(fn (string $token): string => (string) $this->request(self::ME, ['X-Background-Agents-Key' => $token])->getContent(), $tokens);
    $this->assertCount(1, array_unique($answers));
    $this->assertSame([401, 'key_invalid'], [json_decode(reset($answers))->status, json_decode(reset($answers))->code]);
    $this->assertSame(200, $this->request(self::ME, ['X-Background-Agents-Key' => $good])->getStatusCode());
    $this->assertStringNotContainsString(substr($good, 15), serialize(\Drupal::service(KeyStore::class)->ofPerson((int) $this->owner->id())), 'The secret is not kept.');
  }

  /**
   * What ends a right ends it with the next request.
   */
  public function testEndsAtOnce(): void {
    $token = $this->key($this->owner, ['writer', 'other']);
    $agents = fn (): mixed => json_decode((string) $this->request(self::ME, ['X-Background-Agents-Key' => $token])->getContent())->agents ?? NULL;
    $this->assertSame(['other', 'writer'], $agents());
    $store = \Drupal::service(KeyStore::class);
    $key = $store->ofPerson((int) $this->owner->id())[0];
    $store->update(new DispatchKey($key->id, $key->uid, $key->name, ['other'], $key->created));
    $this->assertSame(['other'], $agents());
    $role = Role::load('person');
    $role->revokePermission('run any background agent')->save();
    $this->assertSame([], $agents());
    $role->revokePermission('have dispatch keys for background agents')->save();
    $this->assertNull($agents());
    $role->grantPermission('have dispatch keys for background agents')->save();
    $this->assertSame([], $agents());
    $store->delete($key->uid, $key->id);
    $this->assertNull($agents());
  }

  /**
   * Of an administrator's key, too: no flag, nobody else's runs, its agents.
   */
  public function testPermissions(): void {
    foreach ([$this->owner, User::load(1), $this->createUser([], 'boss', TRUE)] as $person) {
      foreach ([NULL, ['writer']] as $agents) {
        $this->key($person, $agents);
        $current = \Drupal::service(CurrentKey::class);
        $current->set(\Drupal::service(KeyStore::class)->ofPerson((int) $person->id())[0]);
        $may = static fn (string $permission): bool => $person->hasPermission($permission);
        $this->assertSame([FALSE, FALSE, FALSE, FALSE], array_map($may, ['administer background agents', 'administer users', 'access content', 'view any background agent run']));
        $this->assertSame([TRUE, TRUE], array_map($may, ['view own background agent runs', 'manage own background agent runs']));
        $this->assertSame([$agents === NULL, $agents !== NULL, FALSE], array_map($may, ['run any background agent', 'run writer background agent', 'run other background agent']));
        $this->assertTrue($current->setAside(static fn (): bool => $may('access content')));
        $this->assertFalse($may('access content'), 'Neither answer is kept for the other.');
        $current->set(NULL);
        $this->assertTrue($may('access content'));
        \Drupal::service(KeyStore::class)->delete((int) $person->id());
      }
    }
  }

  /**
   * A key for one agent neither sees nor steers its owner's runs of another.
   */
  public function testRuns(): void {
    $mine = ['uid' => $this->owner->id()];
    $runs = [$this->running(Agent::load('writer'), $mine), $this->running(Agent::load('other'), $mine), $this->running(Agent::load('writer'))];
    $headers = ['X-Background-Agents-Key' => $this->key($this->owner, ['writer'])];
    $path = static fn (Run $run): string => "/background-agents/v1/runs/{$run->uuid()}";
    $this->assertSame([200, 403, 403], array_map(fn (Run $run): int => $this->request($path($run), $headers)->getStatusCode(), $runs));
    $this->assertSame([200, 403, 403], array_map(fn (Run $run): int => $this->request($path($run) . '/events', $headers)->getStatusCode(), $runs));
    $this->assertSame([202, 403, 403], array_map(fn (Run $run): int => $this->request($path($run) . '/cancel', $headers, 'POST')->getStatusCode(), $runs));
    foreach (['writer' => 201, 'other' => 403] as $agent => $status) {
      $this->assertSame($status, $this->request('/background-agents/v1/runs', $headers, 'POST', "{\"agent\": \"$agent\"}")->getStatusCode());
    }
    \Drupal::service(CurrentKey::class)->set(\Drupal::service(KeyStore::class)->ofPerson((int) $this->owner->id())[0]);
    $query = \Drupal::database()->select('background_agents_run', 'r')->fields('r', ['agent', 'uid']);
    \Drupal::service(RunListAccess::class)->restrict($query, 'r', $this->owner);
    $this->assertEquals([['writer', $this->owner->id()]], array_unique(array_map(static fn (\stdClass $row): array => [$row->agent, $row->uid], $query->execute()->fetchAll()), SORT_REGULAR));
  }

  /**
   * A key for one agent lists, opens and steers no batch of another.
   */
  public function testBatches(): void {
    $make = fn (string $agent, int $uid): int => \Drupal::service(BatchMaker::class)->make(Agent::load($agent), $uid, [new BatchItem('node', '1', 'en', 'Bread')], new \stdClass(), NULL, $this->randomMachineName())->id;
    $mine = [$make('writer', (int) $this->owner->id()), $make('other', (int) $this->owner->id()), $make('writer', (int) $this->owner->id())];
    $make('writer', (int) $this->account('stranger', 'person')->id());
    $list = function (?array $agents, string $query = ''): array {
      $answer = $this->request("/background-agents/v1/batches$query", ['X-Background-Agents-Key' => $this->key($this->owner, $agents)]);
      $this->assertSame(200, $answer->getStatusCode());
      return array_column(json_decode((string) $answer->getContent(), TRUE)['batches'], 'id');
    };
    $this->assertSame([[$mine[2], $mine[0]], [$mine[1]], array_reverse($mine), []], array_map($list, [['writer'], ['other'], NULL, []]));
    // Pages are filled with what the key is for.
    $this->assertSame([$mine[2], $mine[0]], $list(['writer'], '?limit=2'));
    $headers = ['X-Background-Agents-Key' => $this->key($this->owner, ['writer'])];
    $statuses = fn (string $suffix, string $method): array => array_map(fn (int $id): int => $this->request("/background-agents/v1/batches/$id$suffix", $headers, $method, $method === 'POST' ? '{}' : '')->getStatusCode(), [$mine[0], $mine[1]]);
    $this->assertSame([[200, 403], [202, 403]], [$statuses('', 'GET'), $statuses('/pause', 'POST')]);
  }

  /**
   * All routes of the site: a key is taken by the endpoints for programs alone.
   */
  public function testAllRoutes(): void {
    $token = $this->key(User::load(1));
    $open = [];
    $routes = \Drupal::service('router.route_provider')->getAllRoutes();
    foreach ($routes as $name => $route) {
      $request = Request::create('/');
      $request->headers->set('Authorization', "Bearer $token");
      $request->attributes->set(RouteObjectInterface::ROUTE_NAME, $name);
      $request->attributes->set(RouteObjectInterface::ROUTE_OBJECT, $route);
      if (\Drupal::service('authentication')->appliesToRoutedRequest($request, TRUE)) {
        $open[$route->getPath()] = TRUE;
      }
    }
    $this->assertGreaterThan(300, count($routes));
    $this->assertArrayHasKey('/background-agents/v1/runs/{uuid}', $open);
    $this->assertSame([], array_filter(array_keys($open), static fn (string $path): bool => !str_starts_with($path, '/background-agents/v1/')));
    foreach (['/jsonapi/user/user', '/admin/config', '/node/1', '/user/1/edit'] as $path) {
      $this->article();
      $answer = $this->request($path, ['Authorization' => "Bearer $token"]);
      $this->assertSame(403, $answer->getStatusCode(), $path);
    }
  }

  /**
   * Wrong keys from one address shut out wrong keys from there, and no others.
   */
  public function testFlood(): void {
    $good = $this->key($this->owner);
    $statuses = [];
    for ($number = 0; $number < 32; $number++) {
      $statuses[] = $this->request(self::ME, $this->passedOn('bgd_wrong', '192.0.2.7'))->getStatusCode();
    }
    $this->assertSame([30 => 401, 2 => 429], array_flip(array_count_values($statuses)));
    $this->assertSame(401, $this->request(self::ME, $this->passedOn('bgd_wrong', '192.0.2.8'))->getStatusCode());
    $this->assertSame(401, $this->request(self::ME, ['Authorization' => 'Bearer bgd_wrong'])->getStatusCode());
    $this->assertSame(200, $this->request(self::ME, $this->passedOn($good, '192.0.2.7'))->getStatusCode());
    $use = \Drupal::service(KeyStore::class)->ofPerson((int) $this->owner->id())[0]->lastUse;
    $this->assertSame(['mcp', '192.0.2.7'], [$use->door, $use->address]);
    $this->request(self::ME, $this->passedOn($good, '192.0.2.9'));
    $this->assertSame('192.0.2.7', \Drupal::service(KeyStore::class)->ofPerson((int) $this->owner->id())[0]->lastUse->address, 'At most once a minute.');
  }

  private function key(UserInterface $owner, ?array $agents = NULL, ?int $expires = NULL): string {
    $token = DispatchKeyToken::make($this->randomMachineName());
    \Drupal::service(KeyStore::class)->insert(new DispatchKey($token->id, (int) $owner->id(), 'Laptop', $agents, \Drupal::time()->getCurrentTime(), $expires), $token);
    return $token->text();
  }

  /**
   * The headers of a request that a sidecar passes on.
   */
  private function passedOn(string $token, string $address): array {
    return [
      'Authorization' => "Bearer $token",
      CallerSignature::HEADER => CallerSignature::sign(Secret::parse(self::SECRET), \Drupal::time()->getCurrentTime(), 'mcp', $address, "Bearer $token"),
    ];
  }

  private function request(string $path, array $headers, string $method = 'GET', string $body = ''): Response {
    $request = Request::create($path, $method, content: $body);
    $request->headers->add($headers + ['Accept' => 'application/json', 'Content-Type' => 'application/json']);
    $request->setSession(new Session(new MockArraySessionStorage()));
    \Drupal::entityTypeManager()->getAccessControlHandler('background_agents_run')->resetCache();
    \Drupal::entityTypeManager()->getAccessControlHandler('background_agents_agent')->resetCache();
    $answer = \Drupal::service('http_kernel')->handle($request);
    \Drupal::service(CurrentKey::class)->set(NULL);
    return $answer;
  }

}
