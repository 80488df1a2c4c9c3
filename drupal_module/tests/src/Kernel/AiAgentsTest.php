<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Agent\Version\AgentVersions;
use Drupal\background_agents\AiAgents\AiAgentImport;
use Drupal\background_agents\AiAgents\AiAgents;
use Drupal\background_agents\AiAgents\NoteKind;
use Drupal\background_agents\AiAgents\ToolTable;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Session\AnonymousUserSession;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\IgnoreDeprecations;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * AI agents of the real module AI Agents: imported, and being one.
 */
#[Group('background_agents')]
/**
 * What the contributed modules have yet to follow is theirs.
 */
#[IgnoreDeprecations]
#[RunTestsInSeparateProcesses]
final class AiAgentsTest extends AgentsKernelTestBase {

  private const array GIVEN = [
    'id' => 'shortener',
    'label' => 'Shortener',
    'description' => 'Makes titles shorter.',
    'system_prompt' => "Make titles shorter.\r\n",
    'secured_system_prompt' => 'Be kind. [ai_agent:agent_instructions]',
    'tools' => ['ai_agent:get_current_content_entity_values' => TRUE, 'ai_agent:content_entity_seeder' => TRUE, 'ai_agent:vision' => FALSE],
    'tool_usage_limits' => [
      'ai_agent:get_current_content_entity_values' => ['entity_type' => ['action' => '', 'hide_property' => 0, 'values' => '']],
      'ai_agent:content_entity_seeder' => [
        'entity_type' => ['action' => 'force_value', 'hide_property' => 1, 'values' => ["node\r"]],
        'bundle' => ['action' => 'only_allow', 'hide_property' => 0, 'values' => ["article\r", '', 'no_such_type']],
      ],
    ],
    'tool_settings' => ['ai_agent:content_entity_seeder' => ['return_directly' => 0, 'require_usage' => 1]],
    'orchestration_agent' => FALSE,
    'triage_agent' => FALSE,
    'max_loops' => 7,
    'masquerade_roles' => ['administrator'],
    'structured_output_enabled' => TRUE,
    'structured_output_schema' => '{"name": "result", "strict": true, "schema": {"type": "object", "properties": {"summary": {"type": "string"}}}}',
  ];

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    foreach (['ai', 'ai_agents', 'key', 'modeler_api'] as $module) {
      if (!is_dir(DRUPAL_ROOT . "/modules/contrib/$module")) {
        $this->markTestSkipped("The module $module is not on this site.");
      }
      static::$modules[] = $module;
    }
    parent::setUp();
    $this->installConfig(['ai']);
  }

  /**
   * The table names tools that there are, and says something of each there is.
   */
  public function testToolTable(): void {
    $ids = array_keys(\Drupal::service('plugin.manager.ai.function_calls')->getDefinitions());
    $this->assertSame([], array_diff(ToolTable::mapped(), $ids));
    $unknown = ToolTable::of('nobody:knows');
    $this->assertSame(NoteKind::Missing, $unknown->kind);
    $silent = array_filter($ids, static fn (string $id): bool => ToolTable::of($id)->text === $unknown->text);
    $this->assertSame([], array_values($silent));
  }

  /**
   * A copy has everything that maps, is not active, and keeps what did not map.
   */
  public function testCopy(): void {
    $this->aiAgent();
    $from = $this->agents()->load('shortener');
    $this->assertTrue($from->isWhole());
    $agent = $this->import($from->id, FALSE);
    $this->assertFalse($agent->status());
    $this->assertFalse($agent->isAiAgent());
    $this->assertSame('Be kind. Make titles shorter.', $agent->getSystemPrompt());
    $this->assertSame(['create_draft', 'describe_content', 'read_item', 'revise_draft'], $agent->getTools());
    $this->assertEquals((object) ['summary' => (object) ['type' => 'string']], $agent->getOutputSchema()->properties);
    $this->assertSame(['steps' => 7], $agent->getLimits());
    $this->assertSame(['node' => ['article' => ['create', 'read', 'revise']]], $agent->getContent());
    $this->assertNull($agent->getRole());
    $notes = implode("\n", $agent->getImportNotes());
    foreach (['Masquerade roles: They are never taken over (administrator)', 'drafts for people to review', 'Setting require_usage', 'no_such_type'] as $words) {
      $this->assertStringContainsString($words, $notes);
    }
    // It stays as it is, whatever becomes of the AI agent.
    $this->aiAgent(['system_prompt' => 'Something else.']);
    $this->assertSame('Be kind. Make titles shorter.', Agent::load('shortener')->getSystemPrompt());
    $this->assertSame([], $this->violations($agent));
  }

  /**
   * Nothing throws and nothing is dropped without a word.
   */
  public function testDirt(): void {
    foreach (self::dirt() as $case => [$values, $words]) {
      // Past the check of the schema, as an older release or a hand wrote it.
      \Drupal::service('config.storage')->write(AiAgents::PREFIX . 'dirty', $values + ['id' => 'dirty', 'system_prompt' => 'Work.']);
      \Drupal::configFactory()->reset();
      $from = $this->agents()->load('dirty');
      $said = implode("\n", array_map(static fn ($note): string => $note->line(), $from->notes));
      foreach ($words as $word) {
        $this->assertStringContainsString($word, $said, $case);
      }
      foreach ([FALSE, TRUE] as $stays) {
        $agent = $this->import('dirty', $stays);
        $this->assertSame([], $this->violations($agent), $case);
        $this->assertStringStartsWith('{', (string) json_encode($agent->toSnapshot(), JSON_THROW_ON_ERROR));
        $agent->delete();
      }
    }
    $this->assertSame(['dirty'], array_keys(array_filter($this->agents()->all(), static fn ($agent): bool => $agent->id === 'dirty')));
  }

  /**
   * Configuration as it has been seen, and worse.
   */
  private static function dirt(): array {
    $tool = 'ai_agent:list_content_entities';
    return [
      'nothing at all' => [['system_prompt' => NULL], ['Instructions: There are none']],
      'other types' => [
        ['label' => ['x'], 'description' => 7, 'tools' => 'ai_agent:vision', 'max_loops' => 'many', 'masquerade_roles' => 'administrator', 'tool_usage_limits' => 'x', 'tool_settings' => 1, 'default_information_tools' => 5],
        ['ai_agent:vision', 'This is no number above 0: many', 'administrator', 'names no tool'],
      ],
      'lists for maps' => [['tools' => [" $tool\r", '', NULL, ['x'], 'tool:x'], 'tool_usage_limits' => [['x']]], ["Tool $tool: find_items", 'Tool tool:x']],
      'blank limits' => [['tools' => [$tool => 1], 'tool_usage_limits' => ["$tool\r" => ['entity_type' => ['action' => 'only_allow', 'values' => ['', "\r"]], 'bundle' => '', 'amount' => ['action' => 'force_value', 'values' => ["5\r"]]]]], ['It names no value', 'This limit (5) cannot be kept']],
      'tokens' => [['system_prompt' => 'For [user:name], [ai_agent:label] and [a list].', 'tools' => [$tool => TRUE], 'tool_usage_limits' => [$tool => ['bundle' => ['action' => 'only_allow', 'values' => ['[node:type]']]]]], ['[user:name], [ai_agent:label].', 'Tokens are not replaced: [node:type]']],
      'information' => [['default_information_tools' => "a:\r\n  label: Types\r\n  tool: 'ai_agent:list_bundles'\r\n  parameters:\r\n    entity_type: node\r\nb: text\r\nc:\r\n  tool: ai_agent:content_entity_seeder"], ['Default information Types: It is not put', '{"entity_type":"node"}', 'Default information b: It names no tool', 'It changes content before']],
      'no YAML' => [['default_information_tools' => "a: [\n b: }"], ['It is no YAML']],
      'no JSON' => [['structured_output_enabled' => '1', 'structured_output_schema' => '{"type": '], ['This is not valid JSON']],
      'no object' => [['structured_output_enabled' => TRUE, 'structured_output_schema' => '[1]'], ['A JSON object is needed']],
      'no schema of an object' => [['structured_output_enabled' => TRUE, 'structured_output_schema' => '{"type": "array"}'], ['has to describe an object']],
      'a schema that is off' => [['structured_output_schema' => '{"type": "object"}'], ['It is off']],
      'unknown keys' => [['context_agent' => 'x', 'third_party_settings' => ['other' => ['a' => 1]]], ['Nothing is known of this: x', 'Settings of the module other: {"a":1}']],
      'broken text' => [['label' => "\xc3\x28" . str_repeat('y', 300), 'system_prompt' => "A\xff" . str_repeat('x', 100001)], ['longer than 100,000', 'Label: It is longer than 255']],
      'other agents' => [['tools' => ['ai_agents::ai_agent::x' => TRUE, 'action_plugin:node_publish_action' => TRUE], 'orchestration_agent' => 'true'], ['does not call other agents', 'without an access check', 'Orchestration agent']],
    ];
  }

  /**
   * A run is made of what the AI agent is then, under a version of its own.
   */
  public function testBeingOne(): void {
    $this->aiAgent();
    $agent = $this->being();
    $versions = \Drupal::service(AgentVersions::class);
    $first = $versions->present($agent)->number;
    $this->assertContains(AiAgents::PREFIX . 'shortener', $agent->getDependencies()['config']);
    $this->assertSame(7, $agent->toSnapshot()['binding']['limits']->steps);
    $this->aiAgent(['system_prompt' => 'Make titles longer.']);
    $this->assertSame('Be kind. Make titles longer.', $agent->toSnapshot()['definition']['system_prompt']);
    // Kept by the save of the AI agent, not by a run.
    $this->assertSame($first + 1, $versions->present($agent)?->number);
    $run = $this->dispatch();
    $job = json_decode(\Drupal::database()->query('SELECT job FROM {background_agents_outbox} WHERE run = :run', [':run' => $run])->fetchField());
    $this->assertSame('Be kind. Make titles longer.', $job->agent->definition->system_prompt);
    $this->assertSame(['create_draft', 'describe_content', 'read_item', 'revise_draft'], $job->agent->definition->tools);
    $this->assertSame($first + 1, $job->agent->version);
  }

  /**
   * It does not run with a tool less, nor beyond the limits of the AI agent.
   */
  public function testUnfit(): void {
    $this->aiAgent();
    $agent = $this->being();
    $this->aiAgent(['tools' => self::GIVEN['tools'] + ['ai_agent:modify_vocabulary' => TRUE]]);
    $this->assertStringContainsString('modify_vocabulary', implode(\Drupal::service(AgentAccounts::class)->validate($agent)));
    $this->assertRefused('modify_vocabulary');
    $this->aiAgent();
    $this->dispatch();
    $agent->set('binding', ['content' => ['node' => ['page' => ['read', 'create']]]] + $agent->getBinding())->save();
    $this->assertRefused('create page (node)');
  }

  /**
   * A deleted AI agent disables it; with the module gone nothing breaks.
   */
  public function testDeleted(): void {
    $this->aiAgent();
    $this->being();
    \Drupal::entityTypeManager()->getStorage('ai_agent')->load('shortener')->delete();
    $agent = Agent::load('shortener');
    $this->assertFalse($agent->status());
    $this->assertSame('shortener', $agent->getAiAgentId());
    $this->assertStringContainsString('does not exist any more', $agent->aiAgentProblems()[0]);
    $agent->enable()->save();
    $this->assertRefused('does not exist any more');
    AiAgentImport::release($agent);
    $this->assertSame([], $agent->aiAgentProblems());
  }

  /**
   * The module AI Agents can be uninstalled.
   */
  public function testUninstall(): void {
    $this->aiAgent();
    $this->being();
    $this->assertTrue(\Drupal::service('module_installer')->uninstall(['ai_agents']));
    $agent = Agent::load('shortener');
    $this->assertNotNull($agent);
    $this->assertFalse($agent->status());
    $this->assertNotContains(AiAgents::PREFIX . 'shortener', $agent->getDependencies()['config']);
    $this->assertStringContainsString('does not exist any more', $agent->aiAgentProblems()[0]);
    $this->assertSame([], $this->violations($agent));
  }

  /**
   * What it had becomes its own.
   */
  public function testRelease(): void {
    $this->aiAgent();
    $agent = $this->being();
    $before = $agent->toSnapshot()['definition'];
    AiAgentImport::release($agent);
    $agent->save();
    $this->assertFalse($agent->isAiAgent());
    $this->assertEquals($before, $agent->toSnapshot()['definition']);
    $this->assertSame(['steps' => 7], $agent->getLimits());
    $this->assertNotContains(AiAgents::PREFIX . 'shortener', $agent->getDependencies()['config'] ?? []);
  }

  /**
   * Who may see AI agents and import them.
   */
  public function testAccess(): void {
    $this->aiAgent();
    $this->role('both', ['administer background agents', 'administer ai_agent']);
    $this->role('builder', ['administer background agents']);
    $this->role('other', ['administer ai_agent']);
    $this->role('reviewer', ['view any background agent run']);
    $this->role('editor', ['edit any article content']);
    $manager = \Drupal::service('access_manager');
    $people = ['anonymous' => new AnonymousUserSession(), 'agent' => $this->account('an agent', 'writer')];
    foreach (['both', 'builder', 'other', 'reviewer', 'editor'] as $role) {
      $people[$role] = $this->account($role, $role);
    }
    foreach (['background_agents.import_ai_agents' => [], 'background_agents.import_ai_agent' => ['ai_agent' => 'shortener']] as $route => $parameters) {
      $this->assertSame(['both'], array_keys(array_filter($people, static fn ($person): bool => $manager->checkNamedRoute($route, $parameters, $person))), $route);
    }
  }

  private function agents(): AiAgents {
    return \Drupal::service(AiAgents::class);
  }

  private function import(string $id, bool $stays): Agent {
    $from = $this->agents()->load($id);
    $import = \Drupal::service(AiAgentImport::class);
    return $import->make($from, $import->freeId($from), 'scripted:test', $stays);
  }

  /**
   * Saves the AI agent, as its module does.
   */
  private function aiAgent(array $values = []): void {
    $storage = \Drupal::entityTypeManager()->getStorage('ai_agent');
    $agent = $storage->load('shortener') ?? $storage->create(['id' => 'shortener']);
    foreach ($values + self::GIVEN as $key => $value) {
      $agent->set($key, $value);
    }
    $agent->save();
  }

  /**
   * An active background agent that is the AI agent.
   */
  private function being(): Agent {
    $agent = $this->import('shortener', TRUE);
    $agent->set('role', 'writer')->enable()->save();
    return $agent;
  }

  private function dispatch(): string {
    return \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest(agent: 'shortener', triggerType: 'cron', input: new \stdClass()))->uuid;
  }

  private function assertRefused(string $words): void {
    try {
      $this->dispatch();
      $this->fail('It was dispatched.');
    }
    catch (DispatchRefused $refused) {
      $this->assertSame('ai_agent_unfit', $refused->problem->code);
      $this->assertStringContainsString($words, $refused->problem->detail);
    }
  }

  /**
   * What the schema of the configuration says of an agent.
   *
   * @return string[]
   *   Paths and messages.
   */
  private function violations(Agent $agent): array {
    $found = \Drupal::service('config.typed')->createFromNameAndData($agent->getConfigDependencyName(), $agent->toArray())->validate();
    return array_map(static fn ($violation): string => $violation->getPropertyPath() . ': ' . $violation->getMessage(), iterator_to_array($found));
  }

}
