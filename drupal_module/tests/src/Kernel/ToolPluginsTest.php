<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\StopSwitch;
use Drupal\Core\Session\AccountInterface;
use Drupal\tool\Tool\ToolBase;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The tools of the Tool API: dispatch an agent, look at a run.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ToolPluginsTest extends AgentsKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    if (!\Drupal::service('extension.list.module')->exists('tool')) {
      $this->markTestSkipped('The module tool is not on this site.');
    }
    $this->enableModules(['tool']);
    $this->agent('writer', values: [
      'definition' => [
        'system_prompt' => 'Write.',
        'tools' => ['create_draft'],
        'input_schema' => '{"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]}',
      ],
    ]);
    $this->role('asker', ['run writer background agent', 'view own background agent runs']);
  }

  /**
   * Who may run the agent starts it once for each key, and sees the run.
   */
  public function testDispatchAndGet(): void {
    $ann = $this->account('ann', 'asker');
    $given = ['agent' => 'writer', 'input' => '{"topic": "Bread"}', 'key' => 'k1'];
    $first = $this->call('background_agents_dispatch', $given, $ann);
    self::assertTrue($first->getResultStatus(), (string) $first->getResultMessage());
    $again = $this->call('background_agents_dispatch', $given, $ann);
    self::assertSame($first->getOutputValue('run'), $again->getOutputValue('run'));
    self::assertSame(1, $this->rows('run'));
    $run = $this->runOf($first->getOutputValue('run'));
    self::assertSame(['tool', (int) $ann->id()], [$run->getTriggerType(), $run->getRequesterId()]);

    $shown = $this->call('background_agents_get_run', ['run' => $run->uuid()], $ann);
    self::assertSame('queued', $shown->getOutputValue('state'));
    self::assertSame('[]', $shown->getOutputValue('drafts'));
    self::assertStringContainsString((string) $run->id(), $shown->getOutputValue('url'));
  }

  /**
   * Access is asked before, and again when the tool is executed without it.
   */
  public function testWhoMayNot(): void {
    $bob = $this->account('bob');
    $refused = $this->call('background_agents_dispatch', ['agent' => 'writer', 'input' => '{"topic": "Bread"}'], $bob, FALSE);
    self::assertFalse($refused->getResultStatus());
    self::assertStringContainsString('run writer background agent', (string) $refused->getResultMessage());
    self::assertSame(0, $this->rows('run'));

    $ann = $this->account('ann', 'asker');
    $run = $this->call('background_agents_dispatch', ['agent' => 'writer', 'input' => '{"topic": "Bread"}'], $ann)->getOutputValue('run');
    $unknown = $this->call('background_agents_get_run', ['run' => '00000000-0000-4000-8000-000000000000'], $bob, FALSE);
    $anothers = $this->call('background_agents_get_run', ['run' => $run], $bob, FALSE);
    self::assertFalse($anothers->getResultStatus());
    self::assertSame((string) $unknown->getResultMessage(), (string) $anothers->getResultMessage());
  }

  /**
   * A call that cannot be obeyed says what to do, and leaves nothing.
   */
  #[DataProvider('wrongCalls')]
  public function testWrongCalls(array $given, string $says): void {
    $ann = $this->account('ann', 'asker');
    $refused = $this->call('background_agents_dispatch', $given + ['agent' => 'writer'], $ann, FALSE);
    self::assertFalse($refused->getResultStatus());
    $message = (string) $refused->getResultMessage();
    self::assertStringContainsString($says, $message);
    // Quotes are no markup in a message, and models read it as it stands.
    self::assertStringNotContainsString('&quot;', $message);
    self::assertStringNotContainsString('&#039;', $message);
    self::assertSame(0, $this->rows('run'));
  }

  public static function wrongCalls(): iterable {
    yield 'no JSON' => [['input' => '{topic: Bread}'], 'JSON object'];
    yield 'a list' => [['input' => '["Bread"]'], 'JSON object'];
    yield 'not what the schema asks' => [['input' => '{"topic": 7}'], 'topic'];
    yield 'nothing' => [[], 'topic'];
    yield 'no such agent' => [['agent' => 'nobody'], 'no agent'];
    yield 'markup' => [['agent' => '"<b>"'], '"&lt;b&gt;"'];
  }

  /**
   * The stop switch holds for this door as for the others.
   */
  public function testStopped(): void {
    \Drupal::service(StopSwitch::class)->stop(NULL, 1);
    $refused = $this->call('background_agents_dispatch', ['agent' => 'writer', 'input' => '{"topic": "Bread"}'], $this->account('ann', 'asker'), FALSE);
    self::assertStringContainsString('stopped', (string) $refused->getResultMessage());
  }

  /**
   * An agent starts by the tool what its binding names; it comes from its run.
   */
  public function testWithinARun(): void {
    $this->role('starter', [...self::WRITER, 'run writer background agent'], TRUE);
    $boss = $this->agent('boss', role: 'starter');
    $call = fn (Run $parent): ToolBase => $this->inRun($parent, fn (): ToolBase => $this->call('background_agents_dispatch', ['agent' => 'writer', 'input' => '{"topic": "Bread"}'], \Drupal::currentUser()->getAccount()));
    $refused = $call($this->running($boss));
    self::assertFalse($refused->getResultStatus());
    self::assertStringContainsString('its binding does not name it', (string) $refused->getResultMessage());
    $boss->set('binding', ['agents' => [['agent' => 'writer', 'wait' => FALSE]]] + $boss->getBinding())->save();
    $parent = $this->running($boss);
    $called = $call($parent);
    self::assertTrue($called->getResultStatus(), (string) $called->getResultMessage());
    $run = $this->runOf($called->getOutputValue('run'));
    self::assertSame(['agent', $parent->uuid(), 1], [$run->getTriggerType(), $run->getParentUuid(), $run->getDepth()]);
  }

  /**
   * Calls a tool as an account; the account may, unless it is not asked.
   */
  private function call(string $id, array $given, AccountInterface $account, bool $mayBe = TRUE): ToolBase {
    return $this->as($account, function () use ($id, $given, $mayBe): ToolBase {
      $tool = \Drupal::service('plugin.manager.tool')->createInstance($id);
      assert($tool instanceof ToolBase);
      foreach ($given as $name => $value) {
        $tool->setInputValue($name, $value);
      }
      if ($mayBe) {
        self::assertTrue($tool->access());
      }
      return $tool->execute();
    });
  }

  private function runOf(string $uuid): Run {
    $runs = \Drupal::entityTypeManager()->getStorage('background_agents_run')->loadByProperties(['uuid' => $uuid]);
    $run = reset($runs);
    assert($run instanceof Run);
    return $run;
  }

}
