<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents_maestro\Kernel;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\StopSwitch;
use Drupal\Core\Session\AnonymousUserSession;
use Drupal\maestro\Engine\MaestroEngine;
use Drupal\Tests\background_agents\Kernel\AgentsKernelTestBase;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * A Maestro process has an agent do its work, and waits for it.
 */
#[Group('background_agents_maestro')]
#[RunTestsInSeparateProcesses]
final class AgentTaskTest extends AgentsKernelTestBase {

  private const array ENTITIES = [
    'maestro_process', 'maestro_queue', 'maestro_process_variables', 'maestro_production_assignments', 'maestro_process_status',
    'maestro_entity_identifiers',
  ];

  /**
   * {@inheritdoc}
   *
   * Maestro's own schema does not know all that its templates keep.
   */
  // phpcs:ignore DrupalPractice.Objects.StrictSchemaDisabled
  protected $strictConfigSchema = FALSE;

  /**
   * Started the process.
   */
  private UserInterface $ann;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    if (!\Drupal::service('extension.list.module')->exists('maestro')) {
      $this->markTestSkipped('The module maestro is not on this site.');
    }
    $this->enableModules(['views', 'maestro', 'background_agents_maestro']);
    array_map($this->installEntitySchema(...), self::ENTITIES);
    $this->agent('writer', values: [
      'definition' => [
        'system_prompt' => 'Write.',
        'tools' => ['create_draft'],
        'input_schema' => '{"type": "object", "properties": {"topic": {"type": "string"}}, "required": ["topic"]}',
      ],
    ]);
    $this->role('asker', ['run writer background agent']);
    $this->ann = $this->account('ann', 'asker');
  }

  /**
   * One run, however often the engine comes; the process goes on at its end.
   */
  public function testWaitsForTheEnd(): void {
    $process = $this->start(['runVariable' => 'run', 'outputVariable' => 'output']);
    $this->engine(3);
    $run = $this->onlyRun();
    self::assertSame(['flow', 'flow', (int) $this->ann->id()], [$run->getTriggerType(), $run->getTriggerId(), $run->getRequesterId()]);
    self::assertSame('Bread "and" butter', \Drupal::service(RunData::class)->input((int) $run->id())->topic);
    self::assertSame(['work'], $this->openTasks($process));

    $this->end($run, 'completed', str_repeat('ä', 300));
    $this->engine();
    self::assertSame($run->uuid(), MaestroEngine::getProcessVariable('run', $process));
    self::assertSame(255, mb_strlen(MaestroEngine::getProcessVariable('output', $process)));
    self::assertSame(['good'], $this->passed($process));
  }

  /**
   * A failure takes the false branch; without one the process is aborted.
   */
  #[DataProvider('ends')]
  public function testFailures(string $state): void {
    $branched = $this->start([]);
    $this->engine();
    $this->end($this->onlyRun(), $state);
    $this->engine();
    self::assertSame(['bad'], $this->passed($branched));

    $alone = $this->start([], '');
    $this->engine();
    foreach (Run::loadMultiple() as $run) {
      if (!$run->isFinal()) {
        $this->end($run, $state);
      }
    }
    $this->engine();
    self::assertSame([], $this->openTasks($alone));
    self::assertSame(PROCESS_STATUS_ABORTED, (int) MaestroEngine::getProcessEntryById($alone)->get('complete')->value);
  }

  public static function ends(): iterable {
    yield 'failed' => ['failed'];
    yield 'cancelled' => ['cancelled'];
    yield 'expired' => ['expired'];
  }

  /**
   * What cannot be started fails the task, and never throws.
   */
  #[DataProvider('refusals')]
  public function testRefusals(array $settings, bool $asAnn = TRUE): void {
    $process = $this->start($settings, asAnn: $asAnn);
    $this->engine();
    self::assertSame(0, $this->rows('run'));
    self::assertSame(['bad'], $this->passed($process));
  }

  public static function refusals(): iterable {
    yield 'nobody started it' => [[], FALSE];
    yield 'an account that may not' => [['requester' => '1000']];
    yield 'the input does not fit' => [['input' => '{}']];
    yield 'no JSON' => [['input' => 'topic: Bread']];
    yield 'no agent' => [['agent' => 'nobody']];
  }

  /**
   * While agents are stopped the process waits.
   */
  public function testAStoppedSiteIsWaitedFor(): void {
    \Drupal::service(StopSwitch::class)->stop(NULL, 1);
    $process = $this->start([]);
    $this->engine(2);
    self::assertSame(['work'], $this->openTasks($process));
    \Drupal::service(StopSwitch::class)->start(NULL);
    $this->engine();
    self::assertSame(1, $this->rows('run'));
  }

  /**
   * A process may wait until people have decided about the drafts.
   */
  #[DataProvider('decisions')]
  public function testWaitsForDecisions(string $status, string $branch): void {
    $process = $this->start(['until' => 'decision']);
    $this->engine();
    $run = $this->onlyRun();
    $change = \Drupal::entityTypeManager()->getStorage('background_agents_change')->create([
      'run' => $run->id(),
      'agent' => 'writer',
      'status' => 'pending',
      'target_type' => 'node',
      'target_uuid' => $this->article()->uuid(),
      'operation' => 'revise',
    ]);
    $change->save();
    $this->end($run, 'completed');
    $this->engine(2);
    self::assertSame(['work'], $this->openTasks($process));
    $change->decide($status, NULL, 1)->save();
    $this->engine();
    self::assertSame([$branch], $this->passed($process));
  }

  public static function decisions(): iterable {
    yield 'accepted' => ['accepted', 'good'];
    yield 'refused' => ['rejected', 'bad'];
  }

  /**
   * Starts a process with one task that runs the agent.
   */
  private function start(array $settings, string $falseStep = 'bad', bool $asAnn = TRUE): int {
    $task = static fn (string $id, string $type, string $next = '', string $false = ''): array => [
      'id' => $id,
      'tasktype' => $type,
      'label' => $id,
      'nextstep' => $next,
      'nextfalsestep' => $false,
      'assignby' => 'fixed',
      'assignto' => 'engine',
      'assigned' => '',
    ];
    $work = $task('work', 'BackgroundAgent', 'good', $falseStep);
    $work['data']['background_agent'] = $settings + ['agent' => 'writer', 'input' => '{"topic": "[process:topic]"}'];
    $storage = \Drupal::entityTypeManager()->getStorage('maestro_template');
    $storage->load('flow')?->delete();
    $variables = ['initiator' => '', 'topic' => 'Bread "and" butter', 'run' => '', 'output' => ''];
    $values = array_map(static fn (string $name, string $value): array => ['variable_id' => $name, 'variable_value' => $value], array_keys($variables), $variables);
    $storage->create([
      'id' => 'flow',
      'label' => 'Flow',
      'validated' => TRUE,
      'default_workflow_timeline_stage_count' => 0,
      'variables' => array_combine(array_keys($variables), $values),
      'tasks' => [
        'start' => $task('start', 'MaestroStart', 'work'),
        'work' => $work,
        'good' => $task('good', 'MaestroEnd'),
        'bad' => $task('bad', 'MaestroEnd'),
      ],
    ])->save();
    $account = $asAnn ? $this->ann : new AnonymousUserSession();
    return (int) $this->as($account, static fn () => (new MaestroEngine())->newProcess('flow'));
  }

  /**
   * Lets the engine come by, as nobody.
   */
  private function engine(int $times = 1): void {
    $this->as(new AnonymousUserSession(), static function () use ($times): void {
      // Two more: the task of the start, and that of the end.
      for ($time = 0; $time < $times + 2; $time++) {
        \Drupal::entityTypeManager()->getStorage('maestro_queue')->resetCache();
        \Drupal::entityTypeManager()->getStorage('background_agents_run')->resetCache();
        \Drupal::entityTypeManager()->getStorage('background_agents_change')->resetCache();
        (new MaestroEngine())->cleanQueue();
      }
    });
  }

  private function onlyRun(): Run {
    $runs = Run::loadMultiple();
    self::assertCount(1, $runs);
    return reset($runs);
  }

  private function end(Run $run, string $state, string $output = ''): void {
    \Drupal::database()->update('background_agents_run')->fields(['state' => $state, 'finished' => 1])->condition('id', $run->id())->execute();
    \Drupal::database()->update('background_agents_run_data')->fields(['output' => json_encode($output, JSON_UNESCAPED_UNICODE)])->condition('run', $run->id())->execute();
  }

  /**
   * Ids of the tasks of a process that are under way.
   *
   * @return string[]
   *   Ids.
   */
  private function openTasks(int $process): array {
    return $this->tasks($process, ['archived' => 0]);
  }

  /**
   * Which of the two ends a process has reached.
   *
   * @return string[]
   *   Ids of the tasks.
   */
  private function passed(int $process): array {
    return array_values(array_intersect($this->tasks($process, []), ['good', 'bad']));
  }

  private function tasks(int $process, array $conditions): array {
    $storage = \Drupal::entityTypeManager()->getStorage('maestro_queue');
    $storage->resetCache();
    $entries = $storage->loadByProperties(['process_id' => $process] + $conditions);
    return array_values(array_map(static fn ($entry): string => $entry->task_id->getString(), $entries));
  }

}
