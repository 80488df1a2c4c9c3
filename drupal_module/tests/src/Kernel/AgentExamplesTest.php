<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Form\Agent\ExampleRows;
use Drupal\Core\Form\FormState;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\TypedData\TraversableTypedDataInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Examples of an agent: kept, checked, typed into its form, told to programs.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class AgentExamplesTest extends AgentsKernelTestBase {

  use EndpointRequests;

  private const string SCHEMA = '{"type": "object", "required": ["topic"], "properties": {"topic": {"type": "string", "title": "Topic"}, "words": {"type": "integer"}, "dry": {"type": "boolean"}, "tags": {"type": "array", "items": {"type": "string"}}}, "examples": [{"topic": "Old"}, "no object"]}';

  private AccountInterface $admin;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    \Drupal::service('router.builder')->rebuild();
    $this->admin = $this->createUser([], 'admin', TRUE);
    $this->role('person', ['run any background agent']);
  }

  /**
   * Own ones that fit come first, then those of the schema, numbered.
   */
  public function testTold(): void {
    $agent = $this->example([['label' => 'About bread', 'input' => '{"topic": "Bread", "words": 10}'], ['label' => 'Of before', 'input' => '{"subject": 1}']]);
    $agent->enable()->save();
    $person = $this->account('paula', 'person');
    $expected = [['label' => 'About bread', 'input' => ['topic' => 'Bread', 'words' => 10]], ['label' => 'Example 1', 'input' => ['topic' => 'Old']]];
    $this->assertSame($expected, $this->found($person, 'agents/writer', 'agents#/$defs/agent')['examples']);
    $this->assertSame($expected, $this->found($person, 'agents', 'agents#/$defs/list')['agents'][0]['examples']);
    // They are no part of what runs are made of.
    $hash = $agent->toSnapshot()['hash'];
    $agent->set('examples', [])->save();
    $this->assertSame($hash, Agent::load('writer')->toSnapshot()['hash']);
    $agent->set('definition', ['input_schema' => NULL] + $agent->getDefinition())->set('examples', [['label' => 'Any', 'input' => '{}']])->save();
    $this->assertSame('{"label":"Any","input":{}}', json_encode(Agent::load('writer')->getInputExamples()[0]));
  }

  /**
   * Configuration says what does not fit, and where.
   */
  public function testConfiguration(): void {
    $fits = ['label' => 'Fits', 'input' => '{"topic": "Bread"}'];
    $this->assertSame([], $this->violations($this->example([$fits])));
    $this->assertSame([], $this->violations($this->example([])));
    $this->assertSame(['examples.1: The example "Wrong" does not fit the input of the agent. /words: This must be integer, not string.'], $this->violations($this->example([$fits, ['label' => 'Wrong', 'input' => '{"topic": "x", "words": "ten"}']])));
    foreach ([
      'examples.0.input' => ['label' => 'List', 'input' => '[1]'],
      'examples.0.label' => ['label' => '', 'input' => '{"topic": "x"}'],
      'examples.0' => ['label' => 'Empty', 'input' => '{}'],
    ] as $path => $wrong) {
      $found = $this->violations($this->example([$wrong]));
      $this->assertStringStartsWith("$path: ", $found[0] ?? '', $path);
    }
    $this->assertStringStartsWith('examples.0.label: ', $this->violations($this->example([['label' => str_repeat('x', 101), 'input' => '{"topic": "x"}']]))[0]);
    $this->assertStringStartsWith('examples: ', $this->violations($this->example(array_fill(0, 11, $fits)))[0]);
    $data = $this->config('background_agents.agent.writer')->getRawData();
    unset($data['examples']);
    $this->assertCount(0, \Drupal::service('config.typed')->createFromNameAndData('background_agents.agent.writer', $data)->validate(), 'Agents that were exported before are taken.');
  }

  /**
   * What nobody touches in the form stays as it is, byte by byte.
   */
  public function testUnchanged(): void {
    foreach ([self::SCHEMA, NULL, '{"type": "object", "properties": {"note": {"type": ["string", "null"], "default": "x"}, "odd": {}}}'] as $schema) {
      $examples = $schema === self::SCHEMA
        ? [['label' => 'All', 'input' => '{"words": 3,  "topic": "Bread", "tags": ["a", "b"]}'], ['label' => 'Marked', 'input' => '{"topic":"x","dry":true}'], ['label' => 'More than the fields', 'input' => '{"topic": "x", "secret": {"a": []}}']]
        : [['label' => 'Free', 'input' => '{"odd": {"a": [1, {}]}}'], ['label' => 'Nothing', 'input' => '{}']];
      $this->example($examples, $schema);
      $before = $this->config('background_agents.agent.writer')->getRawData();
      $this->assertSame([], $this->submit([])->getErrors());
      $this->assertSame($examples, Agent::load('writer')->get('examples'));
      $this->assertEquals($before, $this->config('background_agents.agent.writer')->getRawData());
    }
  }

  /**
   * Examples are typed, changed, left out when they are empty, and refused.
   */
  public function testForm(): void {
    $this->example([['label' => 'First', 'input' => '{"topic": "Bread"}']]);
    $row = static fn (string $label, string $topic, string $words = '', array $more = []): array => ['label' => $label, 'input' => ['topic' => $topic, 'words' => $words] + $more];
    $sent = static fn (array ...$rows): array => ['examples' => ['shown' => '1', 'rows' => $rows]];
    $this->assertSame([], $this->submit($sent($row('First', 'Bread'), $row(' Second ', "Tea\r\nand more", '12', ['tags' => "a\nb", 'dry' => 1]), $row('', '')))->getErrors());
    $this->assertSame([
      ['label' => 'First', 'input' => '{"topic": "Bread"}'],
      ['label' => 'Second', 'input' => '{"topic":"Tea\nand more","words":12,"dry":true,"tags":["a","b"]}'],
    ], Agent::load('writer')->get('examples'));
    $errors = $this->submit($sent($row('First', 'Bread'), $row('', 'Untitled'), $row('No topic', '')))->getErrors();
    $this->assertStringContainsString('Example 2: give it a title', (string) $errors['examples][rows][1][label']);
    $this->assertStringContainsString('The example "No topic" does not fit the input of the agent: "topic" is missing.', self::text($errors['examples][rows][2][input']));
    $this->assertCount(2, $errors);
    $this->assertCount(2, Agent::load('writer')->get('examples'), 'Nothing was saved.');
    $this->assertSame([], $this->submit($sent())->getErrors());
    $this->assertSame([], Agent::load('writer')->get('examples'));
  }

  /**
   * Of an input that is changed with them, the examples have to fit the new one.
   */
  public function testTheInputIsChanged(): void {
    $this->example([['label' => 'First', 'input' => '{"topic": "Bread"}']]);
    $schema = '{"type": "object", "required": ["day"], "properties": {"day": {"type": "string"}}, "x-kept": true}';
    $values = ['definition' => ['input' => ['mode' => 'json', 'shown' => 'json'], 'input_schema' => $schema]];
    $errors = $this->submit($values)->getErrors();
    $this->assertSame(['examples][rows][0][input'], array_keys($errors));
    $this->assertStringContainsString('"day" is missing', self::text(reset($errors)));
    $this->assertSame([], $this->submit($values + ['examples' => ['shown' => '1', 'rows' => []]])->getErrors());
    $this->assertSame($schema, Agent::load('writer')->getDefinition()['input_schema']);
  }

  /**
   * Rows are added up to ten, and removed, without losing what was typed.
   */
  public function testRows(): void {
    $sent = ['label' => 'Kept', 'examples' => ['shown' => '1', 'rows' => [2 => ['label' => 'Two'], 5 => ['label' => 'Five'], 'x' => ['label' => 'No row']]]];
    $this->assertSame([2 => ['label' => 'Two'], 5 => ['label' => 'Five'], 6 => []], ExampleRows::changed($sent, NULL)['examples']['rows']);
    $this->assertSame([5 => ['label' => 'Five']], ExampleRows::changed($sent, 2)['examples']['rows']);
    $this->assertSame('Kept', ExampleRows::changed($sent, 2)['label']);
    $this->assertSame([0 => []], ExampleRows::changed([], NULL)['examples']['rows']);
    $full = ['examples' => ['rows' => array_fill(0, 30, [])]];
    $this->assertCount(10, ExampleRows::changed($full, NULL)['examples']['rows']);
  }

  /**
   * The update gives what is there no examples; before it agents work as ever.
   */
  public function testUpdate(): void {
    $this->example([]);
    $config = \Drupal::configFactory()->getEditable('background_agents.agent.writer');
    $config->clear('examples')->save();
    \Drupal::entityTypeManager()->getStorage('background_agents_agent')->resetCache();
    $this->assertCount(1, Agent::load('writer')->getInputExamples());
    \Drupal::moduleHandler()->loadInclude('background_agents', 'install');
    background_agents_update_11361();
    $this->assertSame([], $this->config('background_agents.agent.writer')->get('examples'));
  }

  private function example(array $examples, ?string $schema = self::SCHEMA): Agent {
    $agent = Agent::load('writer') ?? $this->agent(binding: ['content' => ['node' => ['article' => ['read']]]], values: ['status' => FALSE]);
    assert($agent instanceof Agent);
    $agent->set('definition', ['system_prompt' => 'Write.', 'input_schema' => $schema, 'tools' => ['read_item']] + Agent::DEFINITION)->set('examples', $examples)->save();
    return $agent;
  }

  private function submit(array $values): FormStateInterface {
    return $this->as($this->admin, static function () use ($values): FormStateInterface {
      $object = \Drupal::entityTypeManager()->getFormObject('background_agents_agent', 'edit');
      $object->setEntity(Agent::load('writer'));
      $state = (new FormState())->setValues($values + ['op' => 'Save']);
      \Drupal::formBuilder()->submitForm($object, $state);
      return $state;
    });
  }

  /**
   * Where something is wrong, and what.
   *
   * @return string[]
   *   Path and sentence.
   */
  private function violations(Agent $agent): array {
    $typed = $agent->getTypedData();
    assert($typed instanceof TraversableTypedDataInterface);
    $found = [];
    foreach ($typed->validate() as $violation) {
      $found[] = $violation->getPropertyPath() . ': ' . self::text($violation->getMessage());
    }
    return $found;
  }

  private static function text(string|\Stringable $markup): string {
    return html_entity_decode(strip_tags((string) $markup), ENT_QUOTES);
  }

}
