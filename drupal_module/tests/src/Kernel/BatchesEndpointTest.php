<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Batch\BatchRunner;
use Drupal\background_agents\Http\Cursor;
use Drupal\background_agents\StopSwitch;
use Drupal\node\NodeInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Batches for programs: who starts, sees and steers them, over which content.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class BatchesEndpointTest extends EndpointKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected const array PERSON = ['access content', 'run writer background agent', 'view own background agent runs'];

  /**
   * Named items: each once, in their order, what one may see and the agent may.
   */
  public function testItems(): void {
    $articles = [$this->article(), $this->article(['title' => 'Butter'])];
    $draft = $this->article(['moderation_state' => 'draft']);
    $page = $this->article(['type' => 'page']);
    $named = array_map(static fn (NodeInterface $node): array => ['uuid' => $node->uuid()], [$articles[1], $draft, $page, $articles[0], $articles[1]]);
    $body = ['agent' => 'writer', 'items' => [...$named, ['uuid' => '00000000-0000-4000-8000-000000000000']], 'input' => ['tone' => 'dry'], 'key' => 'once'];
    $batch = $this->found($this->person, 'batches', 'batch#/$defs/batch', $body);
    $this->assertSame([2, 'running', 'paula', 2], [$batch['items'], $batch['state'], $batch['requester']['name'], $batch['progress']['waiting']]);
    \Drupal::service(BatchRunner::class)->byCron();
    $shown = $this->found($this->person, "batches/{$batch['id']}", 'batch#/$defs/batch');
    $this->assertSame(['queued' => 2], $shown['progress']['runs']);
    $runs = $this->found($this->person, "runs?batch={$batch['id']}", 'runs')['runs'];
    $this->assertEqualsCanonicalizing(['Bread', 'Butter'], array_map(static fn (array $run): string => $run['trigger']['entity']['label'], $runs));
    // The same key is the same batch; with another input it is refused.
    [$status, $again] = $this->ask($this->person, 'batches', $body);
    $this->assertSame([200, $batch['id']], [$status, $again['id']]);
    $this->assertRefusedRequest(422, 'key_reused', $this->person, 'batches', ['input' => ['tone' => 'wet']] + $body);
    $this->assertSame(1, $this->rows('batch'));
  }

  /**
   * By filters, as on the page "Run over content".
   */
  public function testFilter(): void {
    $this->role('chief', ['view any unpublished content']);
    $this->person->addRole('chief')->save();
    $articles = [$this->article(), $this->article(), $this->article(['moderation_state' => 'draft'])];
    $this->article(['type' => 'page']);
    $items = fn (array $filter): int => $this->found($this->person, 'batches', 'batch#/$defs/batch', ['agent' => 'writer', 'filter' => (object) $filter])['items'];
    $this->assertSame([3, 1, 2, 2], [$items([]), $items(['published' => FALSE]), $items(['limit' => 2]), $items(['bundles' => ['article', 'page'], 'published' => TRUE])]);
    foreach ([['bundles' => ['page']], ['langcodes' => ['de']], ['changed_since' => '2100-01-01T00:00:00Z'], ['empty_field' => 'no_such']] as $filter) {
      $this->assertRefusedRequest(422, 'invalid', $this->person, 'batches', ['agent' => 'writer', 'filter' => $filter]);
    }
    $this->assertSame('/filter/term', $this->assertRefusedRequest(422, 'invalid', $this->person, 'batches', ['agent' => 'writer', 'filter' => ['term' => $articles[0]->uuid()]])['errors'][0]['pointer']);
    $this->assertSame('/entity_type', $this->assertRefusedRequest(422, 'invalid', $this->person, 'batches', ['agent' => 'writer', 'entity_type' => 'user', 'filter' => (object) []])['errors'][0]['pointer']);
  }

  /**
   * What refuses a run refuses a batch; nothing is left behind.
   */
  public function testRefusals(): void {
    $this->article();
    $body = ['agent' => 'writer', 'filter' => (object) []];
    $this->assertRefusedRequest(403, 'forbidden', $this->overseer, 'batches', $body);
    $this->assertRefusedRequest(403, 'forbidden', $this->person, 'batches', ['agent' => 'nobody'] + $body);
    $this->role('runner', ['run any background agent']);
    $this->assertRefusedRequest(404, 'agent_unknown', $this->account('rita', 'runner'), 'batches', ['agent' => 'nobody'] + $body);
    foreach ([[], ['agent' => 'writer'], $body + ['items' => [['uuid' => $this->person->uuid()]]], $body + ['dry_run' => TRUE], ['filter' => ['limit' => 5001]] + $body, ['agent' => 'writer', 'items' => []]] as $wrong) {
      $this->assertRefusedRequest(422, 'invalid', $this->person, 'batches', $wrong);
    }
    $this->assertRefusedRequest(422, 'invalid', $this->person, 'batches?key=x', $body);
    $this->inRun($this->running($this->agent), fn (): array => $this->assertRefusedRequest(403, 'forbidden', $this->accountOf($this->agent), 'batches', $body));
    \Drupal::service(StopSwitch::class)->stop(NULL, 1);
    $this->assertRefusedRequest(403, 'site_stopped', $this->person, 'batches', $body);
    \Drupal::service(StopSwitch::class)->start();
    $this->agent->disable()->save();
    $this->assertRefusedRequest(409, 'agent_disabled', $this->person, 'batches', $body);
    $this->assertSame(0, $this->rows('batch'));
  }

  /**
   * One's own, or all; of others one is told what one is told of none.
   */
  public function testWhoSees(): void {
    $this->article();
    $body = ['agent' => 'writer', 'filter' => (object) []];
    $ids = array_map(fn (): int => $this->found($this->person, 'batches', 'batch#/$defs/batch', $body)['id'], range(1, 3));
    $first = $this->found($this->person, 'batches?limit=2', 'batch#/$defs/list');
    $second = $this->found($this->person, "batches?limit=2&cursor={$first['next']}", 'batch#/$defs/list');
    $this->assertSame([[$ids[2], $ids[1]], [$ids[0]], NULL], [array_column($first['batches'], 'id'), array_column($second['batches'], 'id'), $second['next']]);
    $this->assertArrayNotHasKey('progress', $first['batches'][0]);
    $stranger = $this->account('stella', 'person');
    $this->assertSame([], $this->found($stranger, 'batches', 'batch#/$defs/list')['batches']);
    $this->assertCount(3, $this->found($this->overseer, 'batches', 'batch#/$defs/list')['batches']);
    $this->assertSame(
      $this->assertRefusedRequest(403, 'forbidden', $stranger, "batches/$ids[0]"),
      $this->assertRefusedRequest(403, 'forbidden', $stranger, 'batches/999999999'),
    );
    $this->assertSame(
      $this->assertRefusedRequest(403, 'forbidden', $stranger, "batches/$ids[0]/cancel", []),
      $this->assertRefusedRequest(403, 'forbidden', $stranger, 'batches/999999999/cancel', []),
    );
    $this->assertRefusedRequest(404, 'not_found', $this->overseer, 'batches/999999999');
    $this->found($this->overseer, "batches/$ids[0]", 'batch#/$defs/batch');
    $this->assertRefusedRequest(403, 'forbidden', $this->overseer, "batches/$ids[0]/cancel", []);
    foreach (['limit=0', 'limit=201', 'cursor=x', 'cursor=' . Cursor::write([1, 2]), 'state=running'] as $query) {
      $this->assertRefusedRequest(422, 'invalid', $this->overseer, "batches?$query");
    }
    $this->assertRefusedRequest(422, 'invalid', $this->overseer, "batches/$ids[0]?x=1");
    $this->assertRefusedRequest(404, 'not_found', $this->overseer, 'batches/0x1');
  }

  /**
   * Paused, resumed, cancelled, twice each; unknown members are refused.
   */
  public function testCommands(): void {
    $this->article();
    $this->article();
    $id = $this->found($this->person, 'batches', 'batch#/$defs/batch', ['agent' => 'writer', 'filter' => (object) []])['id'];
    $states = fn (string $command): array => array_map(fn (): string => $this->found($this->person, "batches/$id/$command", 'batch#/$defs/batch', [])['state'], [1, 2]);
    $this->assertSame([['paused', 'paused'], ['running', 'running']], [$states('pause'), $states('resume')]);
    $this->assertRefusedRequest(422, 'invalid', $this->person, "batches/$id/pause", ['note' => 'x']);
    $this->assertRefusedRequest(422, 'invalid', $this->person, "batches/$id/cancel", ['runs' => 'all']);
    $this->assertRefusedRequest(404, 'not_found', $this->person, "batches/$id/explode", []);
    \Drupal::service(BatchRunner::class)->byCron();
    $cancelled = $this->found($this->person, "batches/$id/cancel", 'batch#/$defs/batch', ['runs' => TRUE]);
    $this->assertSame(['cancelled' => 2], $cancelled['progress']['runs']);
  }

}
