<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Form\RunAgentForm;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents_meddler\Hook\Meddling;
use Drupal\Core\Form\FormState;
use Drupal\node\NodeInterface;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The form that starts an agent starts test runs, too.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class TestRunFormTest extends AgentsKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['background_agents_meddler'];

  private const array SCHEMA = [
    'type' => 'object',
    'properties' => ['title' => ['type' => 'string'], 'number' => ['type' => 'integer']],
    'required' => ['title'],
  ];

  private Agent $agent;

  private NodeInterface $article;

  private UserInterface $builder;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    \Drupal::service('router.builder')->rebuild();
    $this->agent = $this->agent();
    $this->agent->set('definition', ['input_schema' => json_encode(self::SCHEMA)] + $this->agent->get('definition'))->disable()->save();
    $this->article = $this->article(['title' => 'Bread']);
    $this->role('builder', ['administer background agents', 'access content']);
    $this->builder = $this->account('builder', 'builder');
  }

  /**
   * A trigger gives the input for the chosen item, as when it starts the agent.
   */
  public function testInputOfTrigger(): void {
    $this->trigger();
    $errors = $this->submit($this->builder, ['about' => ['node' => "Bread ({$this->article->id()})"], 'input_from' => 'changed'], TRUE);
    $this->assertSame([], $errors);
    $run = $this->made();
    $this->assertTrue($run->isDryRun());
    $this->assertSame([$this->article->uuid(), 'en', 'manual'], [$run->getTarget()['uuid'], $run->getTarget()['langcode'], $run->getTriggerType()]);
    $this->assertEquals((object) ['title' => 'About Bread', 'number' => (int) $this->article->id()], \Drupal::service(RunData::class)->input((int) $run->id()));
    $this->assertSame((int) $this->builder->id(), $run->getRequesterId());
  }

  /**
   * Nobody learns by the input of a test run what they may not see.
   */
  public function testHiddenItem(): void {
    $this->trigger();
    $values = ['about' => ['node' => "Bread ({$this->article->id()})"], 'input_from' => 'changed'];
    Meddling::$hiddenNode = (string) $this->article->id();
    $this->assertSame(['about'], array_keys($this->submit($this->builder, $values, TRUE)));
    $this->assertSame([], Run::loadMultiple());
    Meddling::$hiddenNode = NULL;
  }

  /**
   * What is typed is taken, and what is missing is told by the agent's schema.
   */
  public function testTypedInput(): void {
    $this->trigger();
    $this->submit($this->builder, ['input_from' => '', 'input' => ['number' => '3']], TRUE);
    $this->assertSame([], Run::loadMultiple());
    $this->submit($this->builder, ['input_from' => '', 'input' => ['title' => 'Typed']], TRUE);
    $this->assertEquals((object) ['title' => 'Typed'], \Drupal::service(RunData::class)->input((int) $this->made()->id()));
  }

  /**
   * On the page of all runs it is a choice, of who may run the agent.
   */
  public function testChoice(): void {
    $this->agent->enable()->save();
    $this->role('runner', ['run writer background agent']);
    $runner = $this->account('runner', 'runner');
    $this->submit($runner, ['dry_run' => 1, 'input' => ['title' => 'Typed']], FALSE);
    $this->assertTrue($this->made()->isDryRun());
    $this->made()->delete();
    $this->submit($runner, ['input' => ['title' => 'Typed']], FALSE);
    $this->assertFalse($this->made()->isDryRun());
    $this->made()->delete();
    // The page of test runs never starts another one, whatever is sent.
    $this->submit($this->builder, ['dry_run' => 0, 'input' => ['title' => 'Typed']], TRUE);
    $this->assertTrue($this->made()->isDryRun());
    $this->made()->delete();
    // To administer agents is no permission to run them.
    $this->submit($this->builder, ['input' => ['title' => 'Typed']], FALSE);
    $this->assertSame([], Run::loadMultiple());
  }

  private function trigger(): void {
    Trigger::create([
      'id' => 'changed',
      'label' => 'Changed',
      'agent' => 'writer',
      'type' => 'content',
      'settings' => ['entity_type' => 'node', 'bundles' => ['article'], 'operations' => ['update']],
      'input' => ['title' => 'About [node:title]', 'number' => '[node:nid]'],
      'status' => FALSE,
    ])->save();
  }

  private function made(): Run {
    $runs = Run::loadMultiple();
    $this->assertCount(1, $runs);
    return reset($runs);
  }

  /**
   * Submits the form as somebody, and returns its errors.
   */
  private function submit(UserInterface $who, array $values, bool $isTest): array {
    return $this->as($who, function () use ($values, $isTest): array {
      $state = (new FormState())->setValues($values);
      $state->addBuildInfo('args', [Agent::load('writer'), $isTest]);
      \Drupal::formBuilder()->submitForm(RunAgentForm::class, $state);
      return $state->getErrors();
    });
  }

}
