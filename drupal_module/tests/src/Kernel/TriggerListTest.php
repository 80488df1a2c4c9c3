<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Form\TriggerSwitchForm;
use Drupal\background_agents\Schedule\DueResult;
use Drupal\background_agents\Schedule\ScheduleSettings;
use Drupal\background_agents\Schedule\ScheduleStore;
use Drupal\background_agents\Trigger\TriggerProcessor;
use Drupal\Core\Database\Database;
use Drupal\Core\Form\FormState;
use Drupal\user\Entity\User;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpFoundation\Request;

/**
 * The list of triggers says what came of each, and when the next one is due.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class TriggerListTest extends AgentsKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->agent();
    $this->agent('other', ['model' => 'scripted:test'], 'writer');
    \Drupal::currentUser()->setAccount(User::load(1));
    \Drupal::service('router.builder')->rebuild();
  }

  /**
   * The newest run, why it failed, a due time that was missed, or never.
   */
  public function testLastResults(): void {
    $this->trigger('edited');
    $this->trigger('idle', settings: ['bundles' => ['page']] + Trigger::CONTENT_SETTINGS);
    $missed = $this->trigger('missed', 'schedule', ScheduleSettings::DEFAULTS);
    $started = $this->trigger('started', 'schedule', ScheduleSettings::DEFAULTS);
    $this->trigger('of_other', agent: 'other');
    \Drupal::entityTypeManager()->getStorage('background_agents_agent')->load('other')->disable()->save();
    $this->article(['title' => str_repeat('x', 60)]);
    \Drupal::service(TriggerProcessor::class)->process();
    // A model of ECA may have the name of a trigger.
    foreach (['idle', 'edited'] as $name) {
      $this->running(\Drupal::entityTypeManager()->getStorage('background_agents_agent')->load('writer'), [
        'trigger_type' => 'eca',
        'trigger_id' => $name,
        'state' => 'completed',
        'created' => \Drupal::time()->getCurrentTime() + 60,
      ]);
    }
    $store = \Drupal::service(ScheduleStore::class);
    $store->record((string) $missed->uuid(), 1_700_000_000, DueResult::Missed);
    $run = $this->running(\Drupal::entityTypeManager()->getStorage('background_agents_agent')->load('writer'), [
      'trigger_type' => 'schedule',
      'trigger_id' => 'started',
      'state' => 'failed',
      'message' => 'The budget of the day is spent.',
    ]);
    $store->record((string) $started->uuid(), 1_700_000_000, DueResult::Started, $run->uuid());
    $rows = $this->rowsOfList();
    $this->assertStringContainsString('Queued', $rows['edited']);
    $this->assertStringContainsString('never', $rows['idle']);
    $this->assertStringContainsString('Missed: nobody was there', $rows['missed']);
    $this->assertStringContainsString('Failed', $rows['started']);
    $this->assertStringContainsString('The budget of the day is spent.', $rows['started']);
    $this->assertStringContainsString('/background-agents/' . $run->id() . '"', $rows['started']);
    $this->assertStringContainsString('Its agent is disabled', $rows['of_other']);
    $this->assertStringNotContainsString('Its agent is disabled', $rows['edited']);
  }

  /**
   * However many triggers there are, the list asks as often.
   */
  public function testQueriesDoNotGrow(): void {
    $counts = [];
    foreach ([3, 30] as $upTo) {
      for ($i = count(Trigger::loadMultiple()); $i < $upTo; $i++) {
        $this->trigger("t$i", ...($i % 2 ? ['schedule', ScheduleSettings::DEFAULTS] : []));
        $this->running(\Drupal::entityTypeManager()->getStorage('background_agents_agent')->load('writer'), ['trigger_type' => 'content', 'trigger_id' => "t$i", 'state' => 'completed']);
      }
      $this->rowsOfList();
      Database::startLog('list');
      $this->assertCount($upTo, $this->rowsOfList());
      $counts[] = count(Database::getLog('list'));
    }
    $this->assertSame($counts[0], $counts[1]);
  }

  /**
   * Only one agent's; disabled, enabled and cloned.
   */
  public function testFilterAndOperations(): void {
    $trigger = $this->trigger('mine');
    $this->trigger('theirs', agent: 'other');
    $this->assertSame(['theirs'], array_keys($this->rowsOfList('other')));
    $this->assertSame([], $this->rowsOfList('nobody'));
    $this->assertSame(['edit', 'clone', 'disable', 'delete'], array_keys(array_intersect_key(\Drupal::entityTypeManager()->getListBuilder('background_agents_trigger')->getOperations($trigger), array_flip(['edit', 'disable', 'enable', 'clone', 'delete']))));
    foreach (['disable' => FALSE, 'enable' => TRUE] as $operation => $expected) {
      $form = \Drupal::entityTypeManager()->getFormObject('background_agents_trigger', $operation)->setEntity(Trigger::load('mine'));
      $this->assertInstanceOf(TriggerSwitchForm::class, $form);
      $state = new FormState();
      \Drupal::formBuilder()->submitForm($form, $state);
      $this->assertSame($expected, Trigger::load('mine')->status());
    }
    $form = \Drupal::entityTypeManager()->getFormObject('background_agents_trigger', 'clone')->setEntity(Trigger::load('mine'));
    $state = (new FormState())->setValues(['id' => 'copied', 'label' => 'Copied', 'op' => 'Save', 'agent' => 'writer', 'type' => 'content', 'settings' => ['content' => ['entity_type' => 'node', 'operations' => ['insert' => 'insert', 'update' => 'update'], 'revisions' => 'published', 'debounce' => 0]]]);
    \Drupal::formBuilder()->submitForm($form, $state);
    $this->assertSame([], $state->getErrors());
    $copy = Trigger::load('copied');
    $this->assertFalse($copy->status());
    $this->assertSame(Trigger::load('mine')->getSettings(), $copy->getSettings());
    $this->assertNotSame($trigger->uuid(), $copy->uuid());
  }

  private function trigger(string $id, string $type = 'content', array $settings = Trigger::CONTENT_SETTINGS, string $agent = 'writer'): Trigger {
    $settings = $type === 'schedule' ? ['timezone' => 'Europe/Vienna'] + $settings : $settings;
    $trigger = Trigger::create(['id' => $id, 'label' => $id, 'agent' => $agent, 'type' => $type, 'settings' => $settings]);
    $trigger->save();
    return $trigger;
  }

  /**
   * The rows of the list as HTML, by id of the trigger.
   *
   * @return array<string, string>
   *   HTML.
   */
  private function rowsOfList(string $agent = ''): array {
    $request = Request::create('/', 'GET', $agent === '' ? [] : ['agent' => $agent]);
    $request->setSession(\Drupal::request()->getSession());
    \Drupal::requestStack()->push($request);
    $list = \Drupal::entityTypeManager()->getListBuilder('background_agents_trigger');
    $rows = [];
    foreach ($list->load() as $id => $trigger) {
      $cells = array_map(static fn (mixed $cell): mixed => is_array($cell) ? $cell['data'] : ['#plain_text' => (string) $cell], $list->buildRow($trigger));
      $rows[$id] = implode(' | ', array_map(static fn (array $cell): string => (string) \Drupal::service('renderer')->renderInIsolation($cell), array_diff_key($cells, ['operations' => TRUE])));
    }
    \Drupal::requestStack()->pop();
    return $rows;
  }

}
