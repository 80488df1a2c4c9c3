<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents_flowdrop\Kernel;

use Composer\Autoload\ClassLoader;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunListeners;
use Drupal\background_agents\StopSwitch;
use Drupal\background_agents_flowdrop\EventSubscriber\FlowsAfterResponse;
use Drupal\background_agents_flowdrop\FlowPlace;
use Drupal\background_agents_flowdrop\Hook\CronHooks;
use Drupal\background_agents_flowdrop\Interrupts;
use Drupal\background_agents_flowdrop\NodeFailed;
use Drupal\background_agents_flowdrop\WaitingFlows;
use Drupal\Component\Utility\Random;
use Drupal\Core\DependencyInjection\ContainerBuilder;
use Drupal\Core\Plugin\DefaultPluginManager;
use Drupal\Core\Session\AnonymousUserSession;
use Drupal\flowdrop\Attribute\FlowDropNodeProcessor;
use Drupal\flowdrop\Plugin\FlowDropNodeProcessor\AbstractFlowDropNodeProcessor;
use Drupal\flowdrop_interrupt\Service\InterruptManagerInterface;
use Drupal\Tests\background_agents\Kernel\AgentsKernelTestBase;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\DependencyInjection\Reference;

/**
 * A flow of FlowDrop has an agent do its work, and waits for it.
 *
 * The classes of FlowDrop are the smallest ones that its documentation names:
 * see tests/stubs.
 */
#[Group('background_agents_flowdrop')]
#[RunTestsInSeparateProcesses]
final class RunBackgroundAgentTest extends AgentsKernelTestBase {

  private const array WORK = ['agent' => 'writer', 'input' => ['topic' => 'Bread']];

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['background_agents_flowdrop'];

  /**
   * Executes the flows.
   */
  private UserInterface $ann;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    $loader = new ClassLoader();
    foreach (self::stubs() as $namespace => $folder) {
      $loader->addPsr4("$namespace\\", $folder);
    }
    $loader->register();
    parent::setUp();
    $this->installSchema('background_agents_flowdrop', ['background_agents_flowdrop_step']);
    $this->agent('writer', values: [
      'definition' => [
        'system_prompt' => 'Write.',
        'tools' => ['create_draft'],
        'input_schema' => '{"type": "object", "properties": {"topic": {"type": "string", "maxLength": 1000}}, "required": ["topic"]}',
      ],
    ]);
    $this->role('asker', ['run writer background agent']);
    $this->ann = $this->account('ann', 'asker');
  }

  /**
   * {@inheritdoc}
   */
  public function register(ContainerBuilder $container): void {
    parent::register($container);
    // As if the modules were installed: plugins that need them are left out
    // otherwise.
    $container->setParameter('container.namespaces', $container->getParameter('container.namespaces') + self::stubs());
    $container->register('flowdrop_interrupt.manager', StubFlow::class)->setPublic(TRUE);
    $container->setAlias(InterruptManagerInterface::class, 'flowdrop_interrupt.manager');
    $container->register('flowdrop.node_processor_plugin_manager', DefaultPluginManager::class)->setPublic(TRUE)->setArguments([
      'Plugin/FlowDropNodeProcessor',
      new Reference('container.namespaces'),
      new Reference('module_handler'),
      AbstractFlowDropNodeProcessor::class,
      FlowDropNodeProcessor::class,
    ]);
  }

  /**
   * One run, however often the node is carried out; the flow gets its fields.
   */
  public function testWaitsForTheEnd(): void {
    $this->start();
    self::assertSame([NULL], array_values($this->flow()->results));
    $this->as(new AnonymousUserSession(), fn () => $this->flow()->carryOut());
    $run = $this->onlyRun();
    self::assertSame(['flow', 'flow', (int) $this->ann->id()], [$run->getTriggerType(), $run->getTriggerId(), $run->getRequesterId()]);
    self::assertSame('Bread', \Drupal::service(RunData::class)->input((int) $run->id())->topic);
    self::assertCount(2, $this->flow()->interrupts);

    $change = \Drupal::entityTypeManager()->getStorage('background_agents_change')->create([
      'run' => $run->id(),
      'agent' => 'writer',
      'status' => 'pending',
      'target_type' => 'node',
      'target_uuid' => $this->article()->uuid(),
      'operation' => 'revise',
    ]);
    $change->save();
    $this->end($run, 'completed', ['title' => 'Bread ü', 'tags' => []]);
    $result = $this->flow()->results['p1'];
    self::assertSame([$run->uuid(), 'completed', TRUE], [$result['run'], $result['state'], $result['succeeded']]);
    self::assertSame(['title' => 'Bread ü', 'tags' => []], $result['output']);
    self::assertSame('{"title":"Bread ü","tags":[]}', $result['text']);
    self::assertSame([$change->uuid()], array_column($result['drafts'], 'uuid'));
    $node = \Drupal::service('flowdrop.node_processor_plugin_manager')->createInstance('run_background_agent');
    self::assertSame(array_keys($result), array_keys($node->getOutputSchema()['properties']));
    // Both were answered with what the node gives, in the name of Ann.
    self::assertSame([(int) $this->ann->id()], array_values(array_unique(array_merge(array_column($this->flow()->answers, 2), array_column($this->flow()->answers, 3)))));
    self::assertSame([$result, $result], array_column($this->flow()->answers, 1));
    self::assertSame(0, (int) \Drupal::currentUser()->id());
    self::assertSame(1, $this->rows('run'));
  }

  /**
   * A failure is a failure of the node, or an output.
   */
  public function testFailures(): void {
    foreach (['failed', 'cancelled', 'expired'] as $state) {
      $this->start([], $state);
      $this->end($this->openRun(), $state);
      self::assertStringContainsString("The run is $state.", $this->flow()->results[$state]);

      $this->start(['fail' => FALSE], "told $state");
      $this->end($this->openRun(), $state);
      $result = $this->flow()->results["told $state"];
      self::assertSame([FALSE, $state], [$result['succeeded'], $result['state']]);
    }
  }

  /**
   * What cannot be started fails the node with a text, whatever is given.
   */
  public function testRefusals(): void {
    foreach ($this->refusals() as $name => [$parameters, $told]) {
      $pipeline = $name === 'the flow is not stored' ? '' : $name;
      $this->start($parameters, $pipeline);
      self::assertIsString($this->flow()->results[$pipeline], $name);
      self::assertStringContainsString($told, $this->flow()->results[$pipeline], $name);
    }
    self::assertSame(0, $this->rows('run'));
    self::assertSame([], $this->flow()->interrupts);
  }

  private function refusals(): iterable {
    yield 'no agent' => [['agent' => ''], 'Choose the agent'];
    yield 'another agent' => [['agent' => 'nobody'], 'nobody'];
    yield 'a path as agent' => [['agent' => "../../x\n"], 'machine name'];
    yield 'a list as agent' => [['agent' => ['writer']], 'has to be a text'];
    yield 'the input does not fit' => [['input' => '{}'], 'did not do its work'];
    yield 'no JSON' => [['input' => 'topic: Bread'], 'JSON object'];
    yield 'a list as input' => [['input' => ['Bread']], 'JSON object'];
    yield 'a number as input' => [['input' => 7], 'JSON object'];
    yield 'no UTF-8' => [['input' => ['topic' => "\xff"]], 'cannot be written as JSON'];
    yield 'no end' => [['input' => ['topic' => INF]], 'cannot be written as JSON'];
    yield 'too deep' => [['input' => array_reduce(range(1, 70), static fn (array $inner): array => ['a' => $inner], [])], 'cannot be written as JSON'];
    yield 'too long' => [['input' => ['topic' => str_repeat('a', 1001)]], 'did not do its work'];
    yield 'neither true nor false' => [['wait' => 'perhaps'], 'true or false'];
    yield 'a list as choice' => [['fail' => []], 'true or false'];
    yield 'no such account' => [['account' => 'nobody'], 'does not exist, or is blocked'];
    yield 'an account that may not' => [['account' => 'agent_writer'], 'did not do its work'];
    yield 'the flow is not stored' => [[], 'StateGraph'];
  }

  /**
   * Nobody asks for nobody; a blocked account is none; a named one asks.
   */
  public function testForWhomItAsks(): void {
    $this->as(new AnonymousUserSession(), fn () => $this->flow()->start(self::WORK));
    self::assertStringContainsString('Name an account', $this->flow()->results['p1']);
    $bob = $this->account('bob', 'asker');
    $bob->block()->save();
    $this->start(['account' => 'bob'], 'p2');
    self::assertStringContainsString('blocked', $this->flow()->results['p2']);
    self::assertSame(0, $this->rows('run'));

    $bob->activate()->save();
    $this->as(new AnonymousUserSession(), fn () => $this->flow()->start(['account' => 'bob'] + self::WORK, 'p3'));
    self::assertSame((int) $bob->id(), $this->onlyRun()->getRequesterId());
    $this->end($this->onlyRun(), 'completed');
    self::assertTrue($this->flow()->results['p3']['succeeded']);
    self::assertSame([0, 0], array_slice($this->flow()->answers[0], 2));
  }

  /**
   * Who was blocked in the meantime is not whom the flow goes on as.
   */
  public function testABlockedAccountGoesOnAsNobody(): void {
    $this->start();
    $this->ann->block()->save();
    $this->end($this->onlyRun(), 'completed');
    self::assertSame([0, 0], array_slice($this->flow()->answers[0], 2));
    self::assertTrue($this->flow()->results['p1']['succeeded']);
  }

  /**
   * A person who is deleted is forgotten; what waits for them goes on.
   */
  public function testADeletedAccount(): void {
    $bob = $this->account('bob', 'asker');
    $this->start(['account' => 'bob']);
    $this->start(['account' => 'bob', 'wait' => FALSE, 'key' => 'over'], 'p2');
    $this->ann->delete();
    self::assertSame([1, 1], [$this->rows('flowdrop_step'), $this->rows('flowdrop_step', ['account' => 0, 'waits' => 1])]);
    foreach (Run::loadMultiple() as $run) {
      $this->end($run, 'completed');
    }
    self::assertTrue($this->flow()->results['p1']['succeeded']);
    $bob->delete();
    self::assertSame(0, $this->rows('flowdrop_step'));
  }

  /**
   * A node that does not wait gives the UUID at once, also without pipeline.
   */
  public function testHandsOver(): void {
    $this->start(['wait' => 'false']);
    $run = $this->onlyRun();
    self::assertSame([$run->uuid(), FALSE], [$this->flow()->results['p1']['run'], $this->flow()->results['p1']['succeeded']]);
    $this->flow()->carryOut();
    self::assertSame(1, $this->rows('run'));
    $this->end($run, 'completed');
    self::assertSame([], $this->flow()->answers);
    $this->start(['wait' => FALSE], '', 'e2');
    self::assertSame(2, $this->rows('run'));
    $this->start(['wait' => FALSE, 'agent' => 'nobody', 'fail' => FALSE], 'p2');
    self::assertSame(['', 'refused'], [$this->flow()->results['p2']['run'], $this->flow()->results['p2']['state']]);
  }

  /**
   * Rounds of a loop that ask for something else, or say so, are other runs.
   */
  public function testLoops(): void {
    foreach ([[], ['input' => '{"topic": "Bread"}'], ['input' => ['topic' => 'Butter']], ['key' => '2'], ['key' => 2]] as $round) {
      $this->start($round);
    }
    self::assertSame(3, $this->rows('run'));
    $this->start([], 'p2');
    self::assertSame(4, $this->rows('run'));
  }

  /**
   * An end that comes twice, or that somebody else dealt with, is no failure.
   */
  public function testResolvedTwice(): void {
    $this->start();
    $run = $this->onlyRun();
    // A person answers by hand: the run goes on, so the flow waits again.
    $this->flow()->resolveInterrupt('i0', [], 1);
    self::assertNull($this->flow()->results['p1']);
    $this->end($run, 'completed');
    \Drupal::service(WaitingFlows::class)->afterRun($run->uuid());
    \Drupal::service(WaitingFlows::class)->byCron();
    self::assertSame(['i0', 'i1'], array_column($this->flow()->answers, 0));
    self::assertTrue($this->flow()->results['p1']['succeeded']);
  }

  /**
   * While another request answers, the flow is left to it.
   */
  public function testARefusalThatIsNone(): void {
    $this->start();
    $this->flow()->fault = new class extends \InvalidArgumentException {

      public function getErrorCode(): string {
        return 'RESOLUTION_IN_PROGRESS';
      }

    };
    $this->end($this->onlyRun(), 'completed');
    self::assertSame(0, $this->rows('flowdrop_step', ['waits' => 1]));
  }

  /**
   * What other nodes throw does not reach the run; cron looks again.
   */
  public function testAFaultOfTheFlow(): void {
    $this->start();
    $this->flow()->fault = new \LogicException('Another node.');
    $this->end($this->onlyRun(), 'completed');
    self::assertSame(1, $this->rows('flowdrop_step', ['waits' => 1]));
    self::assertSame(0, (int) \Drupal::currentUser()->id());
    $this->flow()->fault = NULL;
    \Drupal::service(CronHooks::class)->cron();
    self::assertTrue($this->flow()->results['p1']['succeeded']);
    self::assertSame(0, $this->rows('flowdrop_step', ['waits' => 1]));
  }

  /**
   * A run that ends before FlowDrop has stored the interrupt is not missed.
   */
  public function testTheEndComesFirst(): void {
    $this->flow()->stores = FALSE;
    $this->start();
    $run = $this->onlyRun();
    $message = (string) \Drupal::database()->query('SELECT message FROM {background_agents_flowdrop_step}')->fetchField();
    self::assertStringContainsString($run->uuid(), $message);
    $this->end($run, 'completed');
    self::assertSame([], $this->flow()->answers);
    $this->flow()->store('p1', $message);
    \Drupal::service(CronHooks::class)->cron();
    self::assertTrue($this->flow()->results['p1']['succeeded']);
  }

  /**
   * A flow that was cancelled is forgotten; one whose run goes on is not.
   */
  public function testCancelledFlowsAreForgotten(): void {
    $this->flow()->stores = FALSE;
    $this->start();
    $this->flow()->stores = TRUE;
    $this->start([], 'p2');
    $runs = array_values(Run::loadMultiple());
    $this->end($runs[0], 'completed');
    \Drupal::database()->update('background_agents_flowdrop_step')->fields(['since' => 1])->execute();
    \Drupal::service(CronHooks::class)->cron();
    self::assertSame(1, $this->rows('flowdrop_step', ['waits' => 1]));
    self::assertSame(1, $this->rows('flowdrop_step', ['waits' => 1, 'pipeline' => 'p2']));
    // A run that is gone lets its flow go on, too.
    $runs[1]->delete();
    \Drupal::service(CronHooks::class)->cron();
    self::assertSame(['i0', 'The run was deleted.'], [$this->flow()->answers[0][0], $this->flow()->answers[0][1]['detail']]);
  }

  /**
   * Questions of other nodes are never answered.
   */
  public function testOtherQuestionsStayOpen(): void {
    $this->start();
    $run = $this->onlyRun();
    $this->flow()->store('p1', 'Shall the drafts of the run ' . $run->uuid() . ' be published?');
    $this->flow()->store('p2', $this->flow()->interrupts[0]->getMessage());
    $this->end($run, 'completed');
    self::assertSame(['i0'], array_column($this->flow()->answers, 0));
    self::assertCount(1, $this->flow()->getPendingInterruptsForPipeline('p1'));
  }

  /**
   * While agents are stopped the node fails, and says why.
   */
  public function testAStoppedSite(): void {
    \Drupal::service(StopSwitch::class)->stop(NULL, 1);
    $this->start();
    self::assertIsString($this->flow()->results['p1']);
    \Drupal::service(StopSwitch::class)->start(NULL);
    $this->as($this->ann, fn () => $this->flow()->carryOut());
    self::assertSame(1, $this->rows('run'));
  }

  /**
   * The message of an interrupt is made by the names of what it takes.
   */
  public function testMessagesOfOtherVersions(): void {
    $interrupts = new Interrupts();
    $place = new FlowPlace('flow', 'p1', 'e1', 'agent.1');
    $snake = new class('', '', '') {

      public function __construct(
        public string $interrupt_type,
        public string $workflow_id,
        public string $prompt,
        public ?int $timeout = NULL,
        public ?string $pipeline_id = NULL,
      ) {}

    };
    $message = $interrupts->message($snake::class, $place, 'Wait.');
    self::assertSame(['form', 'flow', 'Wait.', NULL, 'p1'], array_values(get_object_vars($message)));

    $unfit = new class(new Random()) {

      public function __construct(
        public Random $recipient,
      ) {}

    };
    $this->expectException(NodeFailed::class);
    $this->expectExceptionMessage('its messages need "recipient"');
    $interrupts->message($unfit::class, $place, 'Wait.');
  }

  /**
   * Folders of the stubs, by namespace.
   *
   * @return array<string, string>
   *   Folders.
   */
  private static function stubs(): array {
    $folder = dirname(__DIR__, 2) . '/stubs';
    return ['Drupal\\flowdrop' => "$folder/flowdrop/src", 'Drupal\\flowdrop_interrupt' => "$folder/flowdrop_interrupt/src"];
  }

  private function flow(): StubFlow {
    return \Drupal::service('flowdrop_interrupt.manager');
  }

  private function start(array $parameters = [], string $pipeline = 'p1', string $execution = 'e1'): void {
    $this->as($this->ann, fn () => $this->flow()->start($parameters + self::WORK, $pipeline, $execution));
  }

  private function onlyRun(): Run {
    $runs = Run::loadMultiple();
    self::assertCount(1, $runs);
    return reset($runs);
  }

  /**
   * The only run that goes on.
   */
  private function openRun(): Run {
    $runs = array_filter(Run::loadMultiple(), static fn (Run $run): bool => !$run->isFinal());
    self::assertCount(1, $runs);
    return reset($runs);
  }

  /**
   * Ends a run, tells it, and lets the response be out.
   */
  private function end(Run $run, string $state, mixed $output = NULL): void {
    \Drupal::database()->update('background_agents_run')->fields(['state' => $state, 'finished' => 1])->condition('id', $run->id())->execute();
    \Drupal::database()->update('background_agents_run_data')->fields(['output' => json_encode($output, JSON_UNESCAPED_UNICODE)])->condition('run', $run->id())->execute();
    \Drupal::entityTypeManager()->getStorage('background_agents_run')->resetCache();
    \Drupal::service(RunListeners::class)->ended((int) $run->id());
    \Drupal::service(FlowsAfterResponse::class)->onTerminate();
  }

}
