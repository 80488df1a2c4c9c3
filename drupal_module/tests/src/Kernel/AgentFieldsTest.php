<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Contract\SchemaField;
use Drupal\background_agents\Contract\SchemaFields;
use Drupal\background_agents\Contract\SchemaFieldType;
use Drupal\background_agents\Contract\SchemaValidator;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Trigger\TriggerInput;
use Drupal\background_agents\Ui\InputForm;
use Drupal\Core\Datetime\DrupalDateTime;
use Drupal\Core\Form\FormState;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The table of an agent's fields: what the form keeps, changes and refuses.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class AgentFieldsTest extends AgentsKernelTestBase {

  private AccountInterface $admin;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    \Drupal::service('router.builder')->rebuild();
    $this->admin = $this->createUser([], 'admin', TRUE);
  }

  /**
   * A schema that nobody changed stays, byte by byte.
   */
  public function testUnchanged(): void {
    $kept = [
      '{"type":"object","properties":{"a":{"type":"string"}}}',
      "{\r\n\t\"properties\": {\"b\": {\"type\": \"string\", \"enum\": [\"x\", \"\\u00e4\"]}},\n \"required\": [], \"type\": \"object\"}\n\n",
      '{"type": "object", "properties": {"a": {"type": "string", "pattern": "^\\\\d"}}, "additionalProperties": false}' . "\r\n",
      '{"type": "object"}',
      NULL,
    ];
    $agent = $this->schemas(NULL, NULL);
    foreach ($kept as $text) {
      $agent->set('definition', ['input_schema' => $text, 'output_schema' => $text] + $agent->getDefinition())->save();
      $state = $this->submit($agent, []);
      $this->assertSame([], $state->getErrors());
      $definition = Agent::load('writer')->getDefinition();
      $this->assertSame([$text, $text], [$definition['input_schema'], $definition['output_schema']]);
    }
  }

  /**
   * Rows become a schema, in the order of their numbers; empty ones are none.
   */
  public function testRows(): void {
    $agent = $this->schemas(NULL, NULL);
    $rows = [
      3 => ['name' => 'tone', 'type' => 'choice', 'choices' => "plain\r\n\r\nformal ", 'order' => '2'],
      5 => ['name' => '', 'type' => 'text', 'order' => '1'],
      8 => ['name' => 'due', 'type' => 'date', 'title' => 'Due', 'required' => '1', 'order' => '1'],
      9 => ['name' => 'tags', 'type' => 'texts', 'order' => '2'],
    ];
    $state = $this->submit($agent, ['definition' => ['input' => ['mode' => 'table', 'shown' => 'table', 'rows' => $rows]]]);
    $this->assertSame([], $state->getErrors());
    $schema = Agent::load('writer')->getInputSchema();
    $this->assertEquals(json_decode('{"type": "object", "properties": {
      "due": {"type": "string", "format": "date", "title": "Due"},
      "tone": {"type": "string", "enum": ["plain", "formal"]},
      "tags": {"type": "array", "items": {"type": "string"}}}, "required": ["due"]}'), $schema);
    $this->assertSame(['due', 'tone', 'tags'], array_keys((array) $schema->properties));
    // Chosen, but not shown yet: what is shown counts.
    $one = ['mode' => 'json', 'shown' => 'table', 'rows' => [['name' => 'one', 'type' => 'boolean']]];
    $state = $this->submit(Agent::load('writer'), ['definition' => ['input' => $one]]);
    $this->assertSame([], $state->getErrors());
    $this->assertSame(['one'], array_keys((array) Agent::load('writer')->getInputSchema()->properties));
    $none = ['mode' => 'none', 'shown' => 'table', 'rows' => [['name' => '1']]];
    $state = $this->submit(Agent::load('writer'), ['definition' => ['input' => $none]]);
    $this->assertSame([], $state->getErrors());
    $this->assertNull(Agent::load('writer')->getInputSchema());
  }

  /**
   * What cannot be, and where it is said.
   */
  public static function mistakes(): array {
    $rows = static fn (array ...$rows): array => [
      'mode' => 'table',
      'shown' => 'table',
      'rows' => $rows,
    ];
    $row = 'definition][input][rows][';
    return [
      'no name' => [$rows(['title' => 'A', 'type' => 'text']), NULL, [$row . '0][name']],
      'a name of two words' => [$rows(['name' => 'a b', 'type' => 'text']), NULL, [$row . '0][name']],
      'the same name' => [$rows(['name' => 'a', 'type' => 'text'], ['name' => 'a', 'type' => 'date']), NULL, [$row . '1][name']],
      'no choices' => [$rows(['name' => 'a', 'type' => 'choice', 'choices' => "\n"]), NULL, [$row . '0][choices']],
      'too long' => [$rows(['name' => 'a', 'type' => 'text', 'length' => '256']), NULL, [$row . '0][length']],
      'no rows' => [$rows(['name' => '', 'type' => 'text']), NULL, ['definition][input][mode']],
      'JSON that is none' => [['mode' => 'json', 'shown' => 'json'], '{', ['definition][input_schema']],
      'JSON that no table can show' => [['mode' => 'table', 'shown' => 'json'], '{"type": "object", "properties": {"a": {"type": "string", "pattern": "x"}}}', ['definition][input][mode']],
    ];
  }

  /**
   * Mistakes stand at their cells, and nothing is saved.
   */
  #[DataProvider('mistakes')]
  public function testMistakes(array $input, ?string $json, array $where): void {
    $kept = '{"type": "object"}';
    $state = $this->submit($this->schemas($kept, NULL), ['definition' => ['input' => $input] + ($json === NULL ? [] : ['input_schema' => $json])]);
    $this->assertSame($where, array_keys($state->getErrors()));
    $this->assertSame($kept, Agent::load('writer')->getDefinition()['input_schema']);
  }

  /**
   * A run by hand and a trigger can give each type.
   */
  public function testEachType(): void {
    $given = [
      'text' => ['a', 'a'],
      'long_text' => ["a\r\nb", "a\nb"],
      'integer' => ['7', 7],
      'number' => ['1.5', 1.5],
      'boolean' => ['1', TRUE],
      'choice' => ['1', '1'],
      'texts' => ["a, b\r\n\r\n c ", ['a, b', 'c']],
      'date' => ['2026-03-31', '2026-03-31'],
      'date-time' => [new DrupalDateTime('2026-03-31 09:00:00', 'UTC'), '2026-03-31T09:00:00+00:00'],
      'email' => ['a@example.com', 'a@example.com'],
      'uri' => ['urn:a', 'urn:a'],
      'uuid' => ['0b7a3a52-4a0d-4c3e-9a55-0c1f6e8d2b11', '0b7a3a52-4a0d-4c3e-9a55-0c1f6e8d2b11'],
    ];
    $fields = array_map(static fn (SchemaFieldType $type): SchemaField => SchemaField::typed(str_replace('-', '_', $type->value), $type, TRUE, '', '', "1\n2", NULL), SchemaFieldType::cases());
    $schema = SchemaFields::schema($fields);
    $form = \Drupal::service(InputForm::class);
    $elements = $form->elements($schema);
    $submitted = $expected = [];
    foreach ($fields as $field) {
      [$submitted[$field->name], $expected[$field->name]] = $given[$field->type->value];
    }
    $state = new FormState();
    $input = $form->read($schema, $submitted, $elements, $state);
    $this->assertEquals((object) $expected, $input);
    $this->assertSame([], $state->getErrors());
    $this->assertSame([], SchemaValidator::validateForeign($input, $schema));

    $this->schemas(json_encode($schema), NULL);
    $texts = array_map(static fn (mixed $value): string => is_array($value) ? implode("\n", $value) : (string) $value, $expected);
    $trigger = Trigger::create(['id' => 'clock', 'label' => 'Clock', 'agent' => 'writer', 'type' => 'cron', 'input' => $texts]);
    $this->assertEquals((object) $expected, \Drupal::service(TriggerInput::class)->values($trigger, NULL));
  }

  /**
   * An address and a UUID that are none are told at their fields.
   */
  public function testFormats(): void {
    $fields = [new SchemaField('a', SchemaFieldType::Uri), new SchemaField('b', SchemaFieldType::Content)];
    $schema = SchemaFields::schema($fields);
    $form = \Drupal::service(InputForm::class);
    $elements = $form->elements($schema);
    foreach (array_keys($elements) as $name) {
      $elements[$name]['#parents'] = ['input', $name];
    }
    $state = new FormState();
    $form->read($schema, ['a' => '/path', 'b' => '12'], $elements, $state);
    $this->assertSame(['input][a', 'input][b'], array_keys($state->getErrors()));
  }

  /**
   * An agent with these schemas.
   */
  private function schemas(?string $input, ?string $output): Agent {
    $definition = ['system_prompt' => 'x', 'tools' => [], 'input_schema' => $input, 'output_schema' => $output];
    return $this->agent('writer', values: ['status' => FALSE, 'definition' => $definition]);
  }

  /**
   * Submits the form of an agent.
   */
  private function submit(Agent $agent, array $values): FormStateInterface {
    return $this->as($this->admin, function () use ($agent, $values): FormStateInterface {
      $object = \Drupal::entityTypeManager()->getFormObject('background_agents_agent', 'edit');
      $object->setEntity(Agent::load($agent->id()));
      $state = (new FormState())->setValues($values + ['op' => 'Save']);
      \Drupal::formBuilder()->submitForm($object, $state);
      return $state;
    });
  }

}
