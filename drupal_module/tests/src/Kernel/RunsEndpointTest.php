<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Http\Cursor;
use Drupal\Core\Database\Database;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The lists for programs: agents and runs.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class RunsEndpointTest extends EndpointKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected const array PERSON = ['run writer background agent', 'view own background agent runs'];

  /**
   * {@inheritdoc}
   */
  protected const array AGENT = [
    'definition' => [
      'system_prompt' => 'Write.',
      'input_schema' => '{"type": "object", "properties": {"topic": {"type": "string"}}, "examples": [{"topic": "bread"}, "x", {}]}',
      'output_schema' => '{"type": "object"}',
    ],
  ];

  /**
   * An agent is shown with both schemas to who may run it, and to nobody else.
   */
  public function testAgents(): void {
    $shown = $this->found($this->person, 'agents/writer', 'agents#/$defs/agent');
    $this->assertSame(['properties' => ['topic' => ['type' => 'string']], 'type' => 'object'], ['properties' => $shown['input_schema']['properties'], 'type' => $shown['output_schema']['type']]);
    $this->assertSame([['label' => 'Example 1', 'input' => ['topic' => 'bread']], ['label' => 'Example 2', 'input' => []]], $shown['examples']);
    $this->assertSame([$shown], $this->found($this->person, 'agents', 'agents#/$defs/list')['agents']);
    $unknown = $this->assertRefusedRequest(404, 'agent_unknown', $this->person, 'agents/nobody');
    $foreign = $this->assertRefusedRequest(404, 'agent_unknown', $this->overseer, 'agents/writer');
    $this->assertSame($unknown, json_decode(str_replace('writer', 'nobody', (string) json_encode($foreign)), TRUE));
    $this->agent->disable()->save();
    $this->assertRefusedRequest(404, 'agent_unknown', $this->person, 'agents/writer');
    $this->assertRefusedRequest(422, 'invalid', $this->person, 'agents?limit=2');
  }

  /**
   * Each run comes once, the newest first, whatever comes meanwhile.
   */
  public function testPages(): void {
    // Several are made in one second.
    $made = array_map(fn (int $at): string => $this->running($this->agent, ['created' => 1_700_000_000 + intdiv($at, 3), 'uid' => $this->person->id()])->uuid(), range(0, 6));
    $first = $page = $this->found($this->person, 'runs?limit=2', 'runs');
    $this->running($this->agent, ['created' => 1_700_000_009, 'uid' => $this->person->id()]);
    $found = $first['runs'];
    while ($page['next'] !== NULL) {
      $page = $this->found($this->person, "runs?limit=2&cursor={$page['next']}", 'runs');
      $found = [...$found, ...$page['runs']];
    }
    $this->assertSame(array_reverse($made), array_column($found, 'uuid'));
    $this->assertSame(['uuid' => $this->person->uuid(), 'name' => 'paula'], $found[0]['requester']);
    $this->assertSame([], array_intersect(['input', 'output', 'waiting', 'changes'], array_keys($found[0])));
  }

  /**
   * People see their own runs, overseers all, agents theirs; others are told.
   */
  public function testWhoSees(): void {
    $own = $this->running($this->agent, ['uid' => $this->person->id()]);
    $foreign = $this->running($this->agent, ['uid' => $this->overseer->id()]);
    $child = $this->running($this->agent, ['parent' => $own->uuid()]);
    $uuids = fn (array $document): array => array_column($document['runs'], 'uuid');
    $this->assertSame([$own->uuid()], $uuids($this->found($this->person, 'runs', 'runs')));
    $this->assertSame([], $uuids($this->found($this->person, "runs?parent={$own->uuid()}", 'runs')));
    $this->assertSame([$child->uuid(), $foreign->uuid(), $own->uuid()], $uuids($this->found($this->overseer, 'runs', 'runs')));
    $this->assertSame([$child->uuid(), $own->uuid()], $uuids($this->inRun($own, fn (): array => $this->found($this->accountOf($this->agent), 'runs', 'runs'))));
    $this->assertRefusedRequest(403, 'forbidden', $this->account('nina'), 'runs');
    // A cursor of somebody else opens nothing.
    $cursor = Cursor::write([$child->getCreatedTime() + 1, (int) $child->id() + 1]);
    $this->assertSame([$own->uuid()], $uuids($this->found($this->person, "runs?cursor=$cursor", 'runs')));
  }

  /**
   * Filters, alone and together.
   */
  public function testFilters(): void {
    $one = $this->running($this->agent, ['state' => 'completed', 'created' => 1_700_000_000, 'batch' => 7, 'trigger_type' => 'api']);
    $two = $this->running($this->agent, ['state' => 'failed', 'created' => 1_700_000_100, 'parent' => $one->uuid(), 'trigger_type' => 'agent', 'trigger_id' => 'a context']);
    $three = $this->running($this->agent('other'), ['created' => 1_700_000_200]);
    foreach ([
      'state=completed,failed' => [$two, $one],
      'state=completed' => [$one],
      'agent=other' => [$three],
      'agent=none' => [],
      'trigger=api,agent' => [$two, $one],
      'batch=7' => [$one],
      "parent={$one->uuid()}" => [$two],
      'trigger=agent&trigger_id=a%20context' => [$two],
      'trigger_id=another' => [],
      'since=2023-11-14T22:15:00Z' => [$three, $two],
      'before=2023-11-14T22:15:00Z' => [$one],
      'since=2023-11-14T23:15:00%2B01:00&before=2023-11-14T22:16:40Z' => [$two],
      'state=failed&agent=other' => [],
    ] as $query => $expected) {
      $this->assertSame(array_map(static fn ($run): string => $run->uuid(), $expected), array_column($this->found($this->overseer, "runs?$query", 'runs')['runs'], 'uuid'), $query);
    }
    $this->assertSame(7, $this->found($this->overseer, 'runs?batch=7', 'runs')['runs'][0]['batch']);
    $this->assertSame($one->uuid(), $this->found($this->overseer, 'runs?state=failed', 'runs')['runs'][0]['parent']);
  }

  /**
   * How runs stand beyond their state, since when, and how many there are.
   */
  public function testHowTheyStand(): void {
    $asks = $this->running($this->agent, ['state' => 'waiting', 'waiting_for' => 'approval', 'created' => 1_700_000_000, 'started' => 1_700_000_050]);
    $waits = $this->running($this->agent, ['state' => 'waiting', 'waiting_for' => 'agent', 'created' => 1_700_000_100, 'started' => 1_700_000_100]);
    $refused = $this->running($this->agent, ['state' => 'failed', 'reason' => 'dispatch:forbidden', 'created' => 1_700_000_200, 'finished' => 1_700_000_200]);
    $failed = $this->running($this->agent, ['state' => 'failed', 'reason' => 'limit:steps', 'created' => 1_700_000_300, 'finished' => 1_700_009_999]);
    $queued = $this->running($this->agent, ['state' => 'queued', 'created' => 1_700_000_400, 'uid' => $this->person->id()]);
    foreach ([
      'asks=1' => [$asks],
      'asks=0' => [$queued, $failed, $refused, $waits],
      'state=waiting&asks=0' => [$waits],
      'refused=1' => [$refused],
      'refused=0&state=failed,waiting' => [$failed, $waits, $asks],
      // 1700000050: the end, else the beginning, else the dispatch.
      'active_since=2023-11-14T22:14:10Z' => [$queued, $failed, $refused, $waits, $asks],
      'active_since=2023-11-14T22:14:11Z' => [$queued, $failed, $refused, $waits],
      'active_since=2023-11-15T00:00:00Z' => [$failed],
    ] as $query => $expected) {
      $found = $this->found($this->overseer, "runs?$query&count=1&limit=2", 'runs');
      $this->assertSame(count($expected), $found['total'], $query);
      $uuids = array_column($found['runs'], 'uuid');
      while ($found['next'] !== NULL) {
        $found = $this->found($this->overseer, "runs?$query&limit=2&cursor={$found['next']}", 'runs');
        $this->assertArrayNotHasKey('total', $found);
        $uuids = [...$uuids, ...array_column($found['runs'], 'uuid')];
      }
      $this->assertSame(array_map(static fn ($run): string => $run->uuid(), $expected), $uuids, $query);
    }
    // What somebody may not see is not counted.
    $this->assertSame(1, $this->found($this->person, 'runs?count=1', 'runs')['total']);
    foreach (['asks=yes', 'refused=2', 'count=-1', 'active_since=now'] as $wrong) {
      $this->assertRefusedRequest(422, 'invalid', $this->person, "runs?$wrong");
    }
  }

  /**
   * What cannot be asked is refused with the name of the parameter.
   */
  public function testGarbage(): void {
    foreach ([
      'state=odd', 'state=', 'state=completed,', 'state[]=completed', 'agent=A', 'agent=%00', 'trigger=x', 'batch=0', 'batch=-1', 'batch=1e3', 'batch=99999999999',
      'parent=7', 'trigger_id=', 'trigger_id=' . str_repeat('x', 256), 'since=yesterday', 'since=2023-11-14', 'since=2023-13-45T00:00:00Z', 'before=0', 'limit=0', 'limit=201', 'limit=abc', 'limit=', 'limit[]=1',
      'cursor=', 'cursor=x', 'cursor=%00', 'cursor=' . Cursor::write([1]), 'cursor=' . Cursor::write([1, 2, 3]), 'cursor=' . base64_encode('-1.2'),
      'cursor=' . base64_encode("1.2\n"), 'cursor=' . str_repeat('A', 5000), 'order=created', 'offset=3',
    ] as $query) {
      $problem = $this->assertRefusedRequest(422, 'invalid', $this->overseer, "runs?$query");
      $this->assertSame('/' . strtok(strtok($query, '='), '['), $problem['errors'][0]['pointer'], $query);
    }
    $this->assertSame([], $this->found($this->overseer, 'runs?cursor=' . Cursor::write([0, 0]), 'runs')['runs']);
    $this->assertSame([], $this->found($this->overseer, 'runs?cursor=' . Cursor::write([999_999_999_999_999_999, 999_999_999_999_999_999]), 'runs')['runs']);
  }

  /**
   * The number of queries does not grow with the page.
   */
  public function testQueries(): void {
    $people = array_map(fn (int $at): UserInterface => $this->account("person$at"), range(1, 12));
    foreach ($people as $at => $person) {
      $this->running($this->agent, ['uid' => $person->id(), 'created' => 1_700_000_000 + $at]);
    }
    $queries = function (int $limit): int {
      \Drupal::entityTypeManager()->getStorage('user')->resetCache();
      Database::startLog('endpoint');
      $this->found($this->overseer, "runs?limit=$limit", 'runs');
      return count(Database::getLog('endpoint'));
    };
    $queries(2);
    $this->assertSame($queries(3), $queries(12));
  }

}
