<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\Core\Config\Entity\ConfigEntityInterface;
use Drupal\Core\Config\Schema\SchemaIncompleteException;
use Drupal\Core\TypedData\TraversableTypedDataInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\Validator\ConstraintViolationInterface;

/**
 * The schema of all configuration: what it takes, and what it refuses.
 *
 * Kernel tests check each saved object against its schema, too.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ConfigSchemaTest extends AgentsKernelTestBase {

  /**
   * Agents and triggers with a value for each key are valid, and stay so.
   */
  public function testWhole(): void {
    $agent = $this->agent(binding: [
      'fallback_model' => 'openai:gpt',
      'model_settings' => '{"temperature": 0.0}',
      'limits' => ['steps' => 1, 'tool_calls' => 1, 'tokens' => 1000000000000000, 'cost_micros' => 1, 'wall_seconds' => 1, 'writes' => 1, 'writes_per_hour' => 1, 'concurrency' => 1, 'depth' => 0, 'tool_result_bytes' => 1, 'cost_micros_per_day' => 1, 'tokens_per_day' => 1, 'on_limit' => 'ask'],
      'content' => ['node' => ['article' => ['read']]],
      'fields' => ['node' => ['article' => ['title'], 'not_here' => ['any_field']], 'not_here' => ['x' => ['any_field']]],
      'mcp_servers' => [['name' => 'mail', 'url' => 'https://mail.example.com/mcp', 'secret' => 'MAIL', 'header' => 'X-Key', 'tools' => ['send']]],
      'langcodes' => ['en', 'pt-br'],
      'may_publish' => TRUE,
      'may_write_unmoderated' => TRUE,
      'priority' => 9,
    ], values: [
      'definition' => [
        'system_prompt' => 'Write.',
        'input_schema' => '{"type": "object"}',
        'output_schema' => '{}',
        'tools' => ['create_draft', 'mcp:mail.send', 'agent:helper'],
      ],
      'rules' => ['Never shorten quotations.', 'Zitate «so» setzen.'],
      'four_eyes' => TRUE,
      'progress' => FALSE,
    ]);
    $content = Trigger::create(['id' => 'articles', 'label' => 'Articles', 'agent' => 'writer', 'type' => 'content', 'settings' => ['bundles' => ['article'], 'langcodes' => ['en']] + Trigger::CONTENT_SETTINGS, 'input' => ['topic' => '[node:title]'], 'debounce' => 86400]);
    $content->save();
    $cron = Trigger::create(['id' => 'daily', 'label' => 'Daily', 'agent' => 'writer', 'type' => 'cron', 'settings' => Trigger::CRON_SETTINGS]);
    $cron->save();
    foreach ([$agent, $content, $cron] as $entity) {
      $this->assertSame([], $this->violations($entity), $entity->id());
    }
    foreach (\Drupal::configFactory()->listAll('background_agents.') as $name) {
      $typed = \Drupal::service('config.typed')->createFromNameAndData($name, $this->config($name)->getRawData());
      $this->assertCount(0, $typed->validate(), $name);
    }
  }

  /**
   * Each value that the contracts do not take is found where it is.
   */
  public function testBrokenAgent(): void {
    $agent = Agent::create([
      'id' => 'Not a machine name',
      'label' => "Two\nlines",
      'role' => 'no_such_role',
      'definition' => ['system_prompt' => 'x', 'input_schema' => '[1]', 'output_schema' => '{', 'tools' => ['No Tool']],
      'binding' => [
        'model' => 'no model',
        'fallback_model' => 'x',
        'model_settings' => '"text"',
        'content' => ['node' => ['article' => ['publish']]],
        'fields' => ['node' => ['article' => ['no_such_field', 'uid', 'body/0', 'title']]],
        'limits' => ['steps' => -1, 'tokens' => 1000000000000001, 'on_limit' => 'shrug'],
        'langcodes' => ['not a code'],
        'priority' => 10,
        'mcp_servers' => [['name' => 'A B', 'url' => 'file:///etc/passwd', 'secret' => 'a b', 'header' => 'a:b']],
      ],
      'rules' => ['', "Two\nlines", str_repeat('x', 1001)],
    ]);
    $expected = [
      'binding.content.node.article.0', 'binding.fallback_model', 'binding.fields.node.article.0', 'binding.fields.node.article.1', 'binding.fields.node.article.2', 'binding.langcodes.0', 'binding.limits.on_limit', 'binding.limits.steps',
      'binding.limits.tokens', 'binding.mcp_servers.0.header', 'binding.mcp_servers.0.name', 'binding.mcp_servers.0.secret',
      'binding.mcp_servers.0.url', 'binding.model', 'binding.model_settings', 'binding.priority', 'definition.input_schema',
      'definition.output_schema', 'definition.tools.0', 'id', 'label', 'role', 'rules.0', 'rules.1', 'rules.2',
    ];
    $this->assertSame($expected, $this->violations($agent));
  }

  /**
   * Triggers are checked by their type.
   */
  public function testBrokenTriggers(): void {
    $this->agent();
    $values = ['label' => 'T', 'agent' => 'writer', 'input' => []];
    $content = Trigger::create($values + ['id' => 'a', 'type' => 'content', 'settings' => ['entity_type' => 'user_role', 'operations' => ['read'], 'revisions' => 'some'] + Trigger::CONTENT_SETTINGS, 'debounce' => 86401]);
    $this->assertSame(['debounce', 'settings.entity_type', 'settings.operations.0', 'settings.revisions'], $this->violations($content));
    $cron = Trigger::create(['agent' => 'nobody'] + $values + ['id' => 'b', 'type' => 'cron', 'settings' => ['interval' => 59]]);
    $this->assertSame(['agent', 'settings.interval'], $this->violations($cron));
  }

  /**
   * A key that the schema does not name cannot be saved.
   */
  public function testUnknownKeys(): void {
    $settings = $this->config('background_agents.settings');
    $this->expectException(SchemaIncompleteException::class);
    $settings->set('queue.unknown', 1)->save();
  }

  /**
   * Returns where a configuration entity is wrong.
   *
   * @return string[]
   *   Where a configuration entity is wrong.
   */
  private function violations(ConfigEntityInterface $entity): array {
    $typed = $entity->getTypedData();
    assert($typed instanceof TraversableTypedDataInterface);
    $paths = array_map(static fn (ConstraintViolationInterface $violation): string => $violation->getPropertyPath(), iterator_to_array($typed->validate()));
    sort($paths);
    return array_values(array_unique($paths));
  }

}
