<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Form\FormState;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Url;
use Drupal\user\Entity\Role;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The form of an agent: one table of content and tools, and what it refuses.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class AgentFormTest extends AgentsKernelTestBase {

  private AccountInterface $admin;

  private AccountInterface $builder;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->field('teaser', 'string');
    \Drupal::service('router.builder')->rebuild();
    $this->role('builder', ['administer background agents']);
    $this->builder = $this->account('builder', 'builder');
    $this->admin = $this->createUser([], 'admin', TRUE);
  }

  /**
   * Whatever configuration says, it is the same after it was opened and saved.
   */
  public function testUnchanged(): void {
    $content = ['node' => ['article' => ['read', 'create', 'revise']]];
    $server = ['name' => 'mail', 'url' => 'https://mail.example.com/mcp'];
    $agents = [
      'following' => [['describe_content', 'read_item', 'create_draft', 'revise_draft'], ['content' => $content]],
      'searching' => [['describe_content', 'find_items', 'read_item'], ['content' => ['node' => ['page' => ['read']]]]],
      'by_hand' => [['create_draft', 'revise_draft', 'agent:helper'], ['content' => $content]],
      'limited' => [['describe_content', 'read_item', 'revise_draft'], [
        'content' => ['node' => ['article' => ['read', 'revise']]],
        'fields' => ['node' => ['article' => ['teaser', 'title']]],
      ],
      ],
      'blind' => [['revise_draft'], ['content' => ['node' => ['article' => ['revise']]]]],
      'elsewhere' => [['read_item'], [
        'content' => ['node' => ['article' => ['read'], 'gone' => ['read']], 'gone' => ['x' => ['read']]],
        'fields' => ['node' => ['gone' => ['any']], 'gone' => ['x' => []]],
      ],
      ],
      'idle' => [['mcp:mail'], ['content' => [], 'mcp_servers' => [$server]]],
      'starting' => [['read_item'], ['content' => [], 'agents' => [['agent' => 'gone', 'wait' => FALSE], ['agent' => 'idle', 'wait' => TRUE]]]],
    ];
    foreach ($agents as $id => [$tools, $binding]) {
      $agent = $this->agent($id, $binding, values: ['status' => FALSE, 'definition' => ['system_prompt' => 'Write.', 'tools' => $tools]]);
      $before = $this->config("background_agents.agent.$id")->getRawData();
      $state = $this->submit($agent, [], $this->admin);
      $this->assertSame([], $state->getErrors(), $id);
      $this->assertEquals($before, $this->config("background_agents.agent.$id")->getRawData(), $id);
    }
  }

  /**
   * Other agents are chosen, with whether the run waits, and taken away.
   */
  public function testOtherAgents(): void {
    $agent = $this->agent();
    $this->agent('helper', values: ['status' => FALSE]);
    $before = $this->config('background_agents.agent.writer')->getRawData();
    $this->submit($agent, ['agents' => ['start' => ['helper' => 'wait', 'writer' => 'detach']]], $this->admin);
    $this->assertSame(['helper' => TRUE, 'writer' => FALSE], Agent::load('writer')->getStartableAgents());
    // Many others fold away, and are chosen all the same.
    foreach (range(1, 9) as $number) {
      $this->agent("other$number", values: ['status' => FALSE]);
    }
    $this->submit(Agent::load('writer'), ['agents' => ['start' => ['other9' => 'wait']]], $this->admin);
    $this->assertSame(['helper' => TRUE, 'other9' => TRUE, 'writer' => FALSE], Agent::load('writer')->getStartableAgents());
    $this->submit(Agent::load('writer'), ['agents' => ['start' => ['other9' => '']]], $this->admin);
    $this->submit(Agent::load('writer'), ['agents' => ['start' => ['helper' => '', 'writer' => '']]], $this->admin);
    $this->assertEquals($before, $this->config('background_agents.agent.writer')->getRawData());
  }

  /**
   * The tools follow from the rows.
   */
  public function testTools(): void {
    $agent = $this->agent(binding: ['content' => ['node' => ['article' => ['read']]]], values: ['definition' => ['system_prompt' => 'Write.', 'tools' => ['describe_content', 'read_item', 'mcp:mail']]]);
    $agent->set('binding', ['mcp_servers' => [['name' => 'mail', 'url' => 'https://mail.example.com/mcp']]] + $agent->getBinding())->save();
    $this->submit($agent, ['content' => ['table' => ['node:article' => ['revise' => 1]], 'tools' => ['search' => 1]]], $this->admin);
    $this->assertSame(['describe_content', 'find_items', 'mcp:mail', 'read_item', 'revise_draft'], $this->sorted(Agent::load('writer')->getTools()));
    $this->submit(Agent::load('writer'), ['content' => ['table' => ['node:article' => ['read' => NULL, 'revise' => NULL, 'create' => 1]]]], $this->admin);
    $agent = Agent::load('writer');
    $this->assertSame(['node' => ['article' => ['create', 'read']]], $agent->getContent());
    $this->assertSame(['create_draft', 'describe_content', 'find_items', 'mcp:mail', 'read_item'], $this->sorted($agent->getTools()));
    $this->submit($agent, ['content' => ['tools' => ['by_hand' => 1, 'names' => ['create_draft' => 'create_draft', 'find_items' => NULL, 'describe_content' => NULL, 'read_item' => NULL]]]], $this->admin);
    $this->assertSame(['create_draft', 'mcp:mail'], $this->sorted(Agent::load('writer')->getTools()));
  }

  /**
   * A list of fields is kept, taken away, and refused where nothing is left.
   */
  public function testFields(): void {
    $agent = $this->agent(binding: ['content' => ['node' => ['article' => ['read', 'revise']]]]);
    $fields = static fn (?int $limit, array $names): array => ['content' => ['table' => ['node:article' => ['fields' => ['limit' => $limit, 'names' => $names]]]]];
    $state = $this->submit($agent, $fields(1, []), $this->admin);
    $this->assertStringContainsString('It may write no field', $this->error($state, 'content][table][node:article][fields][limit'));
    $this->submit($agent, $fields(1, ['teaser' => 'teaser']), $this->admin);
    $this->assertSame(['node' => ['article' => ['teaser']]], Agent::load('writer')->getFieldLimits());
    $this->submit(Agent::load('writer'), $fields(NULL, ['teaser' => 'teaser']), $this->admin);
    $this->assertSame([], Agent::load('writer')->getFieldLimits());
  }

  /**
   * What one can put right in the form is an error there.
   */
  public function testOwnErrors(): void {
    Role::load('writer')->revokePermission('edit any article content')->save();
    $agent = $this->agent(binding: ['content' => ['node' => ['article' => ['read', 'revise']]]]);
    $state = $this->submit($agent, [], $this->admin);
    $this->assertStringContainsString('lacks the permission', $this->error($state, 'content][table][node:article][revise'));
    // One click gives it.
    $grant = ['content' => ['table' => ['node:article' => ['grant' => ['edit any article content' => '1', 'administer nodes' => '1']]]]];
    $state = $this->submit($agent, $grant, $this->admin);
    $this->assertSame([], $state->getErrors());
    $this->assertTrue(Role::load('writer')->hasPermission('edit any article content'));
    $this->assertFalse(Role::load('writer')->hasPermission('administer nodes'), 'Only what helps is given.');
    $this->assertTrue(Agent::load('writer')->status());
    // An agent that is not active may be unfinished.
    $state = $this->submit(Agent::load('writer'), ['status' => NULL, 'account' => ['role' => '', 'account' => '']], $this->admin);
    $this->assertSame([], $state->getErrors());
    $state = $this->submit(Agent::load('writer'), ['status' => 1, 'account' => ['role' => '', 'account' => '']], $this->admin);
    $this->assertStringContainsString('needs an agent role', $this->error($state, 'account][role'));
  }

  /**
   * What somebody else has to do does not keep one from saving: disabled.
   */
  public function testOthersWork(): void {
    Role::load('writer')->revokePermission('edit any article content')->save();
    $agent = $this->agent(binding: ['content' => ['node' => ['article' => ['read', 'revise']]]]);
    $grant = ['content' => ['table' => ['node:article' => ['grant' => ['edit any article content' => '1']]]]];
    $state = $this->submit($agent, $grant, $this->builder);
    $this->assertSame([], $state->getErrors());
    $this->assertFalse(Role::load('writer')->hasPermission('edit any article content'), 'Nobody gives what they may not.');
    $this->assertFalse(Agent::load('writer')->status());
    $warnings = implode(' ', \Drupal::messenger()->messagesByType('warning'));
    $this->assertStringContainsString('saved disabled', $warnings);
    $this->assertStringContainsString('edit any article content', $warnings);
    $list = \Drupal::entityTypeManager()->getListBuilder('background_agents_agent')->render();
    $page = (string) \Drupal::service('renderer')->renderInIsolation($list);
    $this->assertStringContainsString('Disabled, and cannot work yet', $page);
    $this->assertStringContainsString(Url::fromRoute('entity.background_agents_agent.enable', ['background_agents_agent' => 'writer'])->toString(), $page);
  }

  /**
   * Submits the form of an agent with some other values than it shows.
   */
  private function submit(Agent $agent, array $values, AccountInterface $person): FormStateInterface {
    return $this->as($person, function () use ($agent, $values): FormStateInterface {
      \Drupal::messenger()->deleteAll();
      $object = \Drupal::entityTypeManager()->getFormObject('background_agents_agent', 'edit');
      $object->setEntity(Agent::load($agent->id()));
      $state = (new FormState())->setValues($values + ['op' => 'Save']);
      \Drupal::formBuilder()->submitForm($object, $state);
      return $state;
    });
  }

  private function error(FormStateInterface $state, string $element): string {
    $this->assertSame([$element], array_keys($state->getErrors()));
    return (string) $state->getErrors()[$element];
  }

  private function sorted(array $list): array {
    sort($list);
    return $list;
  }

}
