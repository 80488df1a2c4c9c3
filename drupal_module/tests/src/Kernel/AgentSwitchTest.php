<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Run\RunState;
use Drupal\Core\Form\FormState;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Enabling, disabling and cloning an agent.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class AgentSwitchTest extends AgentsKernelTestBase {

  private Agent $agent;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->role('builder', ['administer background agents']);
    $this->agent = $this->agent(binding: ['fields' => ['node' => ['article' => ['title']]], 'priority' => 7], values: ['rules' => ['Be brief.'], 'four_eyes' => TRUE]);
    Trigger::create(['id' => 'daily', 'label' => 'Each day', 'agent' => 'writer', 'type' => 'cron', 'settings' => ['interval' => 3600]])->save();
    \Drupal::service('router.builder')->rebuild();
  }

  /**
   * A disabled agent is started by no door; what runs goes on.
   */
  public function testDisable(): void {
    $run = $this->running($this->agent);
    $this->agent('boss', ['agents' => [['agent' => 'writer', 'wait' => TRUE]]], values: ['label' => 'The boss']);
    $this->as($this->account('builder', 'builder'), function (): void {
      $page = $this->page('disable');
      $this->assertStringContainsString('Each day', $page);
      $this->assertStringContainsString('These agents go on without it: The boss', $page);
      $this->assertStringContainsString('A run that has begun or waits goes on', $page);
      $this->submit('disable');
    });
    $agent = Agent::load('writer');
    $this->assertFalse($agent->status());
    $this->assertSame(RunState::Running, Run::load($run->id())->getState());
    foreach (['manual', 'api', 'eca', 'agent', 'cron', 'schedule', 'drush'] as $door) {
      try {
        \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest('writer', $door));
        $this->fail("$door started it.");
      }
      catch (DispatchRefused $refused) {
        $this->assertSame('agent_disabled', $refused->problem->code, $door);
      }
    }
    $list = \Drupal::entityTypeManager()->getListBuilder('background_agents_trigger')->render();
    $this->assertStringContainsString('Its agent is disabled: it starts nothing.', (string) \Drupal::service('renderer')->renderInIsolation($list));
  }

  /**
   * Enabling says which triggers start it from now on, and what is missing.
   */
  public function testEnable(): void {
    $this->agent->set('binding', ['content' => ['node' => ['page' => ['read', 'revise']]]] + $this->agent->getBinding())->disable()->save();
    $this->as($this->account('builder', 'builder'), function (): void {
      $page = $this->page('enable');
      $this->assertStringContainsString('these triggers do from now on: Each day', $page);
      $this->assertStringContainsString('has no moderation', $page);
      $this->submit('enable');
    });
    $this->assertTrue(Agent::load('writer')->status());
  }

  /**
   * A clone is the same but for its id, label, UUID and account.
   */
  public function testClone(): void {
    $this->as($this->account('builder', 'builder'), function (): void {
      $this->submit('clone', ['label' => 'Second writer', 'id' => 'second', 'op' => 'Clone']);
    });
    $own = array_flip(['id', 'label', 'uuid']);
    $clone = Agent::load('second');
    $this->assertSame(array_diff_key($this->agent->toArray(), $own), array_diff_key($clone->toArray(), $own));
    $this->assertSame(['second', 'Second writer'], [$clone->id(), $clone->label()]);
    $this->assertNotSame($this->agent->uuid(), $clone->uuid());
    $marks = \Drupal::service('Drupal\background_agents\Agent\AccountMarks');
    $this->assertNull($marks->account($clone));
    $this->assertNotNull($marks->account(Agent::load('writer')));
    $this->assertCount(1, Trigger::loadMultiple());
  }

  private function page(string $operation): string {
    $form = \Drupal::service('entity.form_builder')->getForm(Agent::load('writer'), $operation);
    return (string) \Drupal::service('renderer')->renderInIsolation($form);
  }

  private function submit(string $operation, array $values = []): void {
    $object = \Drupal::entityTypeManager()->getFormObject('background_agents_agent', $operation);
    $object->setEntity(Agent::load('writer'));
    $state = (new FormState())->setValues($values);
    \Drupal::formBuilder()->submitForm($object, $state);
    $this->assertSame([], $state->getErrors());
  }

}
