<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Run\RunStore;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * What polls agents of AI Agents sees runs of background agents, too.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class AgentStatusPollerTest extends AgentsKernelTestBase {

  private const array OTHERS = ['key', 'ai', 'modeler_api', 'ai_agents'];

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    foreach (self::OTHERS as $module) {
      if (!\Drupal::service('extension.list.module')->exists($module)) {
        $this->markTestSkipped("The module $module is not on this site.");
      }
    }
    $this->enableModules(self::OTHERS);
  }

  /**
   * A run is told to those who may view it, in the words of that module.
   */
  public function testRunIsTold(): void {
    $run = $this->running($this->agent());
    $events = [];
    foreach ([
      ['run_started', ['worker' => 'w']],
      ['model_requested', ['model' => 'm:x']],
      ['tool_started', ['tool' => 'read_item', 'call' => 'a', 'arguments' => []]],
      ['tool_finished', ['tool' => 'read_item', 'call' => 'a', 'status' => 'ok', 'result' => 'secret']],
      ['change_saved', ['operation' => 'create', 'entity_type' => 'node', 'entity' => 'x', 'revision' => 1, 'label' => 'Bread & <b>']],
      ['run_finished', ['state' => 'completed']],
    ] as $index => [$type, $data]) {
      $events[] = (object) ['seq' => $index + 1, 'type' => $type, 'time' => '2026-11-20T09:15:00Z', 'step' => 1, 'data' => json_decode((string) json_encode((object) $data)), 'hash' => md5((string) $index)];
    }
    \Drupal::service(EventStore::class)->insert((int) $run->id(), $events);
    \Drupal::service(RunStore::class)->update((int) $run->id(), ['last_seq' => count($events)]);

    $poller = \Drupal::service('ai_agents.agent_status_poller');
    $this->setCurrentUser($this->createUser(['access content']));
    $this->assertSame([], $poller->getLatestStatusUpdates((string) $run->uuid())->getItems());
    $this->setCurrentUser($this->createUser(['view any background agent run']));
    $told = $poller->getLatestStatusUpdates((string) $run->uuid());
    $items = $told->toArray()['items'];
    $this->assertSame(['agent_started', 'agent_iteration', 'tool_started', 'tool_finished', 'text_generated', 'agent_finished'], array_column($items, 'type'));
    $this->assertSame(['Reading an item', 'Read an item'], array_column($items, 'tool_feedback_message'));
    $this->assertSame('New draft: Bread & <b>', $items[4]['text_response']);
    $this->assertSame([(string) $run->uuid()], array_values(array_unique(array_column($items, 'agent_runner_id'))));
    $this->assertStringNotContainsString('secret', $told->toJson());
    // It is read again as that module reads it.
    $this->assertEquals($told, $told::fromJson($told->toJson()));

    // Another's poll does not end our history, and other runs are not ours.
    $poller->deleteStatusUpdate((string) $run->uuid());
    $this->assertCount(6, $poller->getLatestStatusUpdates((string) $run->uuid())->getItems());
    $this->assertSame([], $poller->getLatestStatusUpdates('00000000-0000-4000-8000-000000000000')->getItems());
    $this->assertSame([], $poller->getLatestStatusUpdates("' OR 1=1")->getItems());
  }

}
