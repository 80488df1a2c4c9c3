<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Dispatch\Dispatched;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\StopSwitch;
use Drupal\background_agents\Trigger\TriggerProcessor;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The dispatcher: who gets a run, which one, and when there is none.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class DispatcherTest extends AgentsKernelTestBase {

  private Agent $agent;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->agent = $this->agent(values: [
      'definition' => ['system_prompt' => 'Write.', 'input_schema' => '{"type": "object", "properties": {"topic": {"type": "string"}}, "additionalProperties": false}'],
    ]);
  }

  /**
   * A run has its job in the outbox, with all that the sidecar needs.
   */
  public function testRunAndJob(): void {
    $dispatched = $this->dispatch(['requester' => 1, 'input' => (object) ['topic' => 'Bread']]);

    $run = $dispatched->run;
    $this->assertTrue($dispatched->created);
    $this->assertSame(['queued', 'api', 0, 1], [$run->getState()->value, $run->getTriggerType(), $run->getAttempt(), $run->getGeneration()]);
    $job = json_decode(\Drupal::database()->select('background_agents_outbox', 'o')->fields('o', ['job'])->condition('run', $run->uuid())->execute()->fetchField());
    $this->assertSame($this->accountOf($this->agent)->uuid(), $job->account);
    $this->assertSame('Bread', $job->input->topic);
    $this->assertSame('writer', $job->agent->id);
    $this->assertSame(20, $job->agent->binding->limits->steps, 'Limits that the agent leaves open are the site\'s.');
    $this->assertObjectNotHasProperty('account', $job->agent->binding);
  }

  /**
   * The permission of the agent is asked of people and programs alone.
   */
  public function testGrants(): void {
    $this->role('runner', ['run writer background agent']);
    $this->role('any', ['run any background agent']);
    $stranger = $this->account('stranger');
    foreach (['runner', 'any'] as $role) {
      $this->assertTrue($this->dispatch(['requester' => (int) $this->account($role, $role)->id()])->created, $role);
    }
    $this->assertRefused(403, 'forbidden', ['requester' => (int) $stranger->id()]);
    // A trigger was set up by somebody who may; the editor merely sets it off.
    $this->assertTrue($this->dispatch(['requester' => (int) $stranger->id(), 'triggerType' => 'content'])->created);
    $blocked = $this->account('blocked', 'runner');
    $blocked->block()->save();
    $this->assertRefused(403, 'forbidden', ['requester' => (int) $blocked->id()]);
  }

  /**
   * What cannot be run is refused with a code, and leaves nothing.
   */
  public function testRefusals(): void {
    $this->agent('off', values: ['status' => FALSE]);
    Agent::create(['id' => 'nobody', 'label' => 'Nobody', 'binding' => ['model' => 'scripted:test']])->save();
    $this->agent('broken', values: ['definition' => ['input_schema' => '{"$ref": "http://example.com/"}']]);
    $this->assertRefused(404, 'agent_unknown', ['agent' => 'unknown']);
    $this->assertRefused(409, 'agent_disabled', ['agent' => 'off']);
    $this->assertRefused(409, 'account_missing', ['agent' => 'nobody']);
    $this->assertRefused(409, 'input_schema_invalid', ['agent' => 'broken']);
    $this->assertRefused(422, 'input_invalid', ['input' => (object) ['topic' => 5]]);
    $this->assertRefused(422, 'input_invalid', ['input' => (object) ['unknown' => 'member']]);
    $account = $this->accountOf($this->agent);
    $account->block()->save();
    $this->assertRefused(409, 'account_blocked', []);
    $this->assertSame([], Run::loadMultiple());
    $this->assertSame(0, $this->rows('outbox'));
  }

  /**
   * The same key is the same run; with another input it is a mistake.
   */
  public function testKey(): void {
    $first = $this->dispatch(['key' => 'k', 'input' => (object) ['topic' => 'Bread']]);
    $again = $this->dispatch(['key' => 'k', 'input' => (object) ['topic' => 'Bread']]);
    $this->assertSame([TRUE, FALSE, $first->uuid], [$first->created, $again->created, $again->uuid]);
    $this->assertRefused(422, 'key_reused', ['key' => 'k', 'input' => (object) ['topic' => 'Rolls']]);
    // Of a trigger the key says which events are one, whatever they bring.
    $this->assertFalse($this->dispatch(['key' => 'k', 'triggerType' => 'eca', 'input' => (object) ['topic' => 'Rolls']])->created);
    $this->assertNotSame($first->uuid, $this->dispatch(['key' => 'k', 'requester' => 1])->uuid, 'A key is valid for its requester.');
    $this->assertCount(2, Run::loadMultiple());
  }

  /**
   * A run that an agent starts is its child, down to the depth allowed.
   */
  public function testLineage(): void {
    $this->agent('helper', ['agents' => [['agent' => 'other', 'wait' => TRUE]]]);
    $writer = Agent::load('writer');
    $writer->set('binding', ['agents' => [['agent' => 'helper', 'wait' => TRUE]]] + $writer->getBinding())->save();
    $parent = $this->dispatch([])->run;
    $child = $this->inRun($parent, fn () => $this->dispatch(['agent' => 'helper', 'triggerType' => 'agent']))->run;
    $this->assertSame([$parent->uuid(), 1], [$child->getParentUuid(), $child->getDepth()]);
    // By a model of the site, too: whatever happens in a run is because of it.
    $other = $this->agent('other');
    $this->assertSame(1, $this->inRun($parent, fn () => $this->dispatch(['agent' => 'other', 'triggerType' => 'eca']))->run->getDepth());
    $this->inRun($child, fn () => $this->assertRefused(409, 'depth', ['agent' => 'other', 'triggerType' => 'agent']));
    // What an agent does never starts it again.
    $run = $this->running($other);
    $this->inRun($run, fn () => $this->assertRefused(409, 'own_work', ['agent' => 'other', 'triggerType' => 'eca']));
  }

  /**
   * Above the number of open runs there is no new one until one has ended.
   */
  public function testLanesFull(): void {
    $this->config('background_agents.settings')->set('queue.open_runs', 1)->save();
    $this->dispatch([]);
    $this->assertSame(300, $this->assertRefused(503, 'queue_full', [])->extra['retry_after']);
    \Drupal::database()->delete('background_agents_outbox')->execute();
    $this->assertTrue($this->dispatch([])->created);
  }

  /**
   * While agents are stopped there are no runs; triggers wait.
   */
  public function testStopSwitch(): void {
    $switch = \Drupal::service(StopSwitch::class);
    $processor = \Drupal::service(TriggerProcessor::class);
    $this->trigger();
    $switch->stop(1, 1);
    $this->assertRefused(403, 'site_stopped', []);
    $this->article();
    $this->assertSame(0, $processor->process());
    $this->assertSame([], Run::loadMultiple());
    $switch->start(1);
    $this->article(['title' => 'Rolls']);
    $processor->process();
    $this->assertNotSame([], Run::loadMultiple());
    $this->assertSame(['start' => '1', 'stop' => '1'], \Drupal::database()->query('SELECT action, COUNT(*) FROM {background_agents_audit} GROUP BY action ORDER BY action')->fetchAllKeyed());
  }

  /**
   * Within a save a wish is noted with it, and becomes a run afterwards.
   */
  public function testWithinASave(): void {
    $this->trigger();
    $transaction = \Drupal::database()->startTransaction();
    $this->article();
    $transaction->rollBack();
    unset($transaction);
    $this->assertSame(0, $this->rows('trigger_log'), 'What is rolled back starts nothing.');

    $article = $this->article();
    $this->assertSame([1, 0], [$this->rows('trigger_log'), count(Run::loadMultiple())]);
    \Drupal::service(TriggerProcessor::class)->process();
    $runs = Run::loadMultiple();
    $run = reset($runs);
    $this->assertSame(['content', 'articles', $article->uuid()], [$run->getTriggerType(), $run->getTriggerId(), $run->getTarget()['uuid']]);
    $this->assertSame(0, $this->rows('trigger_log'));
  }

  private function trigger(): void {
    Trigger::create(['id' => 'articles', 'label' => 'Articles', 'agent' => 'writer', 'type' => 'content', 'settings' => ['bundles' => ['article']] + Trigger::CONTENT_SETTINGS])->save();
  }

  private function dispatch(array $values): Dispatched {
    return \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest(...$values + ['agent' => 'writer', 'triggerType' => 'api']));
  }

  private function assertRefused(int $status, string $code, array $values): object {
    try {
      $this->dispatch($values);
    }
    catch (DispatchRefused $refusal) {
      $this->assertSame([$status, $code], [$refusal->problem->status, $refusal->problem->code], $refusal->getMessage());
      return $refusal->problem;
    }
    $this->fail("Nothing was refused; $code was expected.");
  }

}
