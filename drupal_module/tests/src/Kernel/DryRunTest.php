<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Draft\DraftAnswer;
use Drupal\background_agents\Draft\DraftRequest;
use Drupal\background_agents\Draft\DraftWriter;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\ChangeSavedEvent;
use Drupal\background_agents\Guard\GuardException;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Run\RunDocument;
use Drupal\background_agents\Run\RunRetry;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\node\Entity\Node;
use Drupal\node\NodeInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Test runs: all is refused and answered as in a run, and nothing is saved.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class DryRunTest extends AgentsKernelTestBase {

  private Run $run;

  private NodeInterface $article;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    \Drupal::service('router.builder')->rebuild();
    $this->run = $this->running($this->agent(), ['dry_run' => TRUE]);
    $this->article = $this->article();
  }

  /**
   * The draft is checked, kept with its change, and answered; not saved.
   */
  public function testRevise(): void {
    $told = 0;
    \Drupal::service('event_dispatcher')->addListener(ChangeSavedEvent::class, static function () use (&$told): void {
      $told++;
    });
    $stored = $this->tables();
    $request = $this->revision(['title' => 'Better bread']);
    $answer = $this->write($request);

    $this->assertSame([], (new Contracts())->errors(self::objects($answer->toArray()), 'draft#/$defs/answer'));
    $this->assertSame([201, TRUE, 'Better bread', FALSE], [$answer->status(), $answer->document['dry_run'], $answer->document['label'], $answer->document['published']]);
    $this->assertSame((int) $this->article->getRevisionId(), $answer->document['revision']);
    $this->assertSame($stored, $this->tables());
    $this->assertSame(0, $told);
    $change = $this->change();
    $this->assertSame([Change::DRY_RUN, 0, NULL], [$change->getStatus(), $change->getTargetRevisionId(), $change->get('fate')->value]);
    $this->assertSame(['before' => ['title' => [['value' => 'Bread']]], 'after' => ['title' => [['value' => 'Better bread']]]], $change->getOwnValues());
    $document = \Drupal::service(RunDocument::class)->run($this->run);
    $this->assertSame([], (new Contracts())->errors(self::objects($document), 'run'));
    $this->assertSame([TRUE, 'dry_run', FALSE], [$document['dry_run'], $document['changes'][0]['status'], isset($document['changes'][0]['revision'])]);

    // The same again is answered alike, and another request is refused.
    $this->assertSame(['replayed' => TRUE] + $answer->document, ['replayed' => TRUE] + $this->write($request)->document);
    $this->assertCount(1, Change::loadMultiple());
    $this->assertRefused(422, 'key_reused', $this->revision(['title' => 'Other']));
  }

  /**
   * A further draft goes on from the one before, also after a retry's steps.
   */
  public function testFurtherDraft(): void {
    $this->write($this->revision(['title' => 'Better bread']));
    $second = $this->write($this->revision(['promote' => NULL, 'title' => 'Best bread'], ['key' => str_repeat('b', 64), 'fields' => ['title' => 'Best bread']]));
    $this->assertSame('Best bread', $second->document['label']);
    $third = $this->write($this->revision([], ['key' => str_repeat('c', 64), 'fields' => ['title' => 'Best bread']]));
    $this->assertSame('Best bread', $third->document['label']);
    $changes = array_values(Change::loadMultiple());
    $this->assertSame([['value' => 'Bread']], $changes[2]->getOwnValues()['before']['title']);
    $this->assertSame([['value' => 'Best bread']], $changes[2]->getOwnValues()['after']['title']);

    // A generation that begins anew knows nothing of it.
    $this->run->set('generation', 2)->save();
    \Drupal::database()->update('background_agents_outbox')->fields(['generation' => 2])->execute();
    $again = $this->write($this->revision([], ['key' => str_repeat('d', 64), 'generation' => 2, 'fields' => ['langcode' => 'en', 'title' => 'Bread']]));
    $this->assertSame('Bread', $again->document['label']);
  }

  /**
   * A new item uses no id, and can be revised by who knows it.
   */
  public function testCreate(): void {
    $stored = $this->tables();
    $uuid = '11111111-2222-4333-8444-555555555555';
    $made = $this->write(['operation' => 'create', 'entity' => $uuid, 'fields' => ['title' => 'Rolls']])->document;
    $this->assertSame([$uuid, '', 1, 'draft', 'create'], [$made['entity'], $made['entity_id'], $made['revision'], $made['moderation_state'], $made['operation']]);
    $this->assertSame([], (new Contracts())->errors(self::objects($made), 'draft#/$defs/answer'));

    $revise = ['operation' => 'revise', 'entity' => $uuid, 'key' => str_repeat('b', 64), 'fields' => ['title' => 'Better rolls']];
    $this->assertRefused(409, 'revision_conflict', ['expected_revision' => 7] + $revise);
    $further = $this->write(['expected_revision' => $made['revision']] + $revise)->document;
    $this->assertSame(['Better rolls', NULL, 'create'], [$further['label'], $further['base_revision'], $further['operation']]);
    $this->assertSame($stored, $this->tables());
    $this->assertNull(Node::load((int) $this->article->id() + 1));
    $next = $this->article(['title' => 'Next']);
    $this->assertSame((int) $this->article->id() + 1, (int) $next->id());

    $other = $this->running(Agent::load('writer'), ['dry_run' => TRUE]);
    $this->assertRefused(404, 'not_found', ['expected_revision' => 1, 'key' => str_repeat('c', 64)] + $revise, $other);
  }

  /**
   * Where the database cannot keep what a run is, it is refused, not forgotten.
   */
  public function testBeforeTheUpdates(): void {
    $this->run->delete();
    $manager = \Drupal::entityDefinitionUpdateManager();
    foreach (['dry_run' => ['dryRun' => TRUE], 'batch' => ['batch' => 1]] as $field => $what) {
      $manager->uninstallFieldStorageDefinition($manager->getFieldStorageDefinition($field, 'background_agents_run'));
      try {
        \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest('writer', 'manual', ...$what));
        $this->fail("A run was made without $field.");
      }
      catch (DispatchRefused $refused) {
        $this->assertSame('update_pending', $refused->problem->code);
      }
    }
    $this->assertSame([], Run::loadMultiple());
    $this->assertFalse(\Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest('writer', 'manual'))->run->isDryRun(), 'Other runs go on.');
  }

  /**
   * What a run may not do is refused in a test run, with the same answer.
   */
  public function testRefusals(): void {
    $real = $this->running(Agent::load('writer'));
    $cases = [
      $this->revision(['moderation_state' => 'published', 'title' => 'Live']),
      $this->revision(['status' => TRUE]),
      $this->revision(['uid' => 1]),
      $this->revision(['title' => str_repeat('x', 300)]),
      $this->revision(['title' => '']),
      $this->revision(['nothing' => 'x']),
      $this->revision(['title' => 'x'], ['langcode' => 'de']),
      $this->revision(['title' => 'x'], ['expected_revision' => 4000]),
      $this->revision(['title' => 'x'], ['entity' => '00000000-0000-4000-8000-000000000000']),
      $this->revision(['title' => 'x'], ['bundle' => 'page']),
      ['operation' => 'create', 'bundle' => 'page', 'fields' => ['title' => 'A page']],
      ['operation' => 'create', 'entity_type' => 'user', 'bundle' => 'user', 'fields' => ['name' => 'x']],
    ];
    foreach ($cases as $n => $case) {
      $this->assertSame($this->refusal($case, $real), $this->refusal($case, $this->run), "case $n");
    }
    $this->assertSame([], Change::loadMultiple());
  }

  /**
   * Content without moderation is refused as it would be in a run.
   */
  public function testUnmoderated(): void {
    $agent = $this->agent('pages', ['content' => ['node' => ['page' => ['read', 'create', 'revise']]]]);
    $request = ['operation' => 'create', 'bundle' => 'page', 'fields' => ['title' => 'A page']];
    $refusal = $this->refusal($request, $this->running($agent));
    $this->assertSame(403, $refusal[0]);
    $this->assertSame($refusal, $this->refusal($request, $this->running($agent, ['dry_run' => TRUE])));
  }

  /**
   * No other way leads to a save: not JSON:API's, not code of the site.
   */
  public function testNothingElseIsSaved(): void {
    $revisions = $this->tables();
    foreach ([fn () => $this->latest($this->article)->set('title', 'By code')->save(), static fn () => Node::create(['type' => 'article', 'title' => 'By code'])->save()] as $save) {
      try {
        $this->inRun($this->run, $save);
        $this->fail('It was saved.');
      }
      catch (\Exception $exception) {
        $this->assertStringContainsString('This is a test run', (string) GuardException::in($exception)?->getMessage());
      }
    }
    $this->assertSame($revisions, $this->tables());
  }

  /**
   * A test run stays one: for what it starts, and for its retry.
   */
  public function testItStaysOne(): void {
    $dispatcher = \Drupal::service(Dispatcher::class);
    $writer = Agent::load('writer');
    $writer->set('binding', ['agents' => [['agent' => 'writer', 'wait' => TRUE]]] + $writer->getBinding())->save();
    $child = $this->inRun($this->run, static fn () => $dispatcher->dispatch(new DispatchRequest(agent: 'writer', triggerType: 'agent')));
    $this->assertTrue($child->run->isDryRun());
    $job = \Drupal::database()->select('background_agents_outbox', 'o')->fields('o', ['job'])->condition('run', $child->uuid)->execute()->fetchField();
    $this->assertTrue(json_decode($job)->dry_run);

    $one = $dispatcher->dispatch(new DispatchRequest(agent: 'writer', triggerType: 'manual', key: 'one', dryRun: TRUE));
    $this->assertSame($one->uuid, $dispatcher->dispatch(new DispatchRequest(agent: 'writer', triggerType: 'manual', key: 'one', dryRun: TRUE))->uuid);
    $this->assertDispatchRefused('key_reused', new DispatchRequest(agent: 'writer', triggerType: 'manual', key: 'one'));

    $ended = $this->running(Agent::load('writer'), ['dry_run' => TRUE, 'state' => 'failed']);
    \Drupal::service(RunRetry::class)->retry($ended, NULL, []);
    $this->assertTrue(Run::load($ended->id())->isDryRun());
    $this->assertTrue(\Drupal::service(Outbox::class)->jobOf($ended->uuid())->dry_run);
  }

  /**
   * Who runs the agent may test it; a disabled one, who administers agents.
   */
  public function testWhoMay(): void {
    $this->role('runner', ['run writer background agent', 'view own background agent runs']);
    $this->role('builder', ['administer background agents']);
    $nobody = $this->account('nobody');
    $runner = $this->account('runner', 'runner');
    $builder = $this->account('builder', 'builder');
    $request = static fn ($account) => new DispatchRequest(agent: 'writer', triggerType: 'manual', requester: (int) $account->id(), dryRun: TRUE);
    $dispatch = fn ($account) => $this->as($account, static fn () => \Drupal::service(Dispatcher::class)->dispatch($request($account)));

    $this->assertTrue($dispatch($runner)->run->isDryRun());
    $this->assertTrue($dispatch($builder)->run->isDryRun());
    $this->as($nobody, fn () => $this->assertDispatchRefused('forbidden', $request($nobody)));
    // The permission to administer agents is none to run them.
    $this->as($builder, fn () => $this->assertDispatchRefused('forbidden', $request($builder)->with(dryRun: FALSE)));

    $agent = Agent::load('writer');
    $agent->disable()->save();
    $this->assertTrue($dispatch($builder)->run->isDryRun());
    $this->as($runner, fn () => $this->assertDispatchRefused('agent_disabled', $request($runner)));
    // Who may not run it is not told how it is.
    $this->as($nobody, fn () => $this->assertDispatchRefused('forbidden', $request($nobody)));
    $this->as($builder, fn () => $this->assertDispatchRefused('forbidden', $request($builder)->with(dryRun: FALSE)));
    // What sets agents off by itself never runs a disabled one.
    $this->assertDispatchRefused('agent_disabled', new DispatchRequest(agent: 'writer', triggerType: 'eca', dryRun: TRUE));
  }

  private function assertDispatchRefused(string $code, DispatchRequest $request): void {
    try {
      \Drupal::service(Dispatcher::class)->dispatch($request);
      $this->fail("$code was expected.");
    }
    catch (ProblemException $refused) {
      $this->assertSame($code, $refused->problem->code);
    }
  }

  /**
   * Status, code, sentence and pointers of a refusal.
   */
  private function refusal(array $values, Run $run): array {
    try {
      $this->write($values, $run);
    }
    catch (ProblemException $refusal) {
      return [$refusal->problem->status, $refusal->problem->code, $refusal->getMessage(), $refusal->problem->errors];
    }
    $this->fail('Nothing was refused: ' . json_encode($values));
  }

  private function assertRefused(int $status, string $code, array $values, ?Run $run = NULL): void {
    $this->assertSame([$status, $code], array_slice($this->refusal($values, $run ?? $this->run), 0, 2));
  }

  private function revision(array $fields, array $values = []): array {
    return $values + [
      'operation' => 'revise',
      'entity' => $this->article->uuid(),
      'expected_revision' => (int) $this->latest($this->article)->getRevisionId(),
      'langcode' => 'en',
      'fields' => $fields,
    ];
  }

  private function write(array $values, ?Run $run = NULL): DraftAnswer {
    $run ??= $this->run;
    $document = $values + [
      'key' => str_repeat('a', 64),
      'run' => $run->uuid(),
      'attempt' => 1,
      'generation' => 1,
      'entity_type' => 'node',
      'bundle' => 'article',
      'summary' => 'Wrote.',
    ];
    $document['fields'] = (object) $document['fields'];
    return $this->inRun($run, static fn (): DraftAnswer => \Drupal::service(DraftWriter::class)->write(DraftRequest::fromDocument((object) $document, new Contracts()), $run));
  }

  private function change(): Change {
    $changes = Change::loadMultiple();
    $this->assertCount(1, $changes);
    return reset($changes);
  }

  /**
   * All rows of content, and of what content moderation notes.
   */
  private function tables(): array {
    $rows = [];
    foreach (['node', 'node_revision', 'node_field_data', 'node_field_revision', 'content_moderation_state_field_revision', 'content_moderation_state'] as $table) {
      $rows[$table] = array_map(get_object_vars(...), \Drupal::database()->select($table, 't')->fields('t')->execute()->fetchAll());
    }
    return $rows;
  }

  private static function objects(array $document): \stdClass {
    return json_decode(json_encode($document));
  }

}
