<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Contract\CanonicalJson;
use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Contract\SchemaCheck;
use Drupal\background_agents\Contract\SchemaField;
use Drupal\background_agents\Contract\SchemaFields;
use Drupal\background_agents\Contract\SchemaFieldType;
use Drupal\background_agents\Contract\SchemaValidator;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * A table of fields becomes a JSON Schema, and back without any loss.
 */
final class SchemaFieldsTest extends TestCase {

  /**
   * Random tables come back as they were, and their schemas can be used.
   */
  public function testRandomTables(): void {
    mt_srand(20201212);
    for ($round = 0; $round < 3000; $round++) {
      $fields = [];
      foreach (range(0, mt_rand(0, 8)) as $number) {
        $fields[] = $this->field("f{$number}_" . mt_rand(0, 99));
      }
      $text = SchemaFields::text($fields);
      $schema = json_decode($text, FALSE, 512, JSON_THROW_ON_ERROR);
      $this->assertNull(SchemaFields::obstacle($schema), $text);
      $this->assertEquals($fields, SchemaFields::of($schema), $text);
      $this->assertSame([], SchemaCheck::problems($schema), $text);
      $this->assertSame([], SchemaValidator::unsupported($schema), $text);
    }
  }

  /**
   * What comes back says the same, whatever was left out or put in.
   */
  public function testRandomSchemas(): void {
    mt_srand(7);
    $keywords = [
      'type' => ['string', 'integer', 'array', 'object', ['string', 'null'], 'boolean', 7],
      'title' => ['A', '', ' a', "a\nb", 3, str_repeat('x', 256)],
      'description' => ['B', '', "a\nb", "a\r\nb", " b", NULL],
      'format' => ['date', 'date-time', 'ipv4', 'uuid'],
      'enum' => [['a', 'b'], [], ['a', 'a'], [1], [' a'], ["a\nb"], 'a'],
      'items' => [(object) ['type' => 'string'], (object) ['type' => 'integer'], TRUE],
      'maxLength' => [1, 255, 256, 0, -1, 10.0, '5'],
      'pattern' => ['a'],
    ];
    $expressed = 0;
    for ($round = 0; $round < 5000; $round++) {
      $property = new \stdClass();
      foreach ($keywords as $keyword => $values) {
        if ($keyword === 'type' || mt_rand(0, 3) === 0) {
          $property->{$keyword} = $values[mt_rand(0, count($values) - 1)];
        }
      }
      $schema = (object) ['type' => 'object', 'properties' => (object) ['a' => $property]];
      $fields = SchemaFields::of($schema);
      if ($fields !== NULL) {
        $expressed++;
        $this->assertSame(CanonicalJson::encode($schema), CanonicalJson::encode(SchemaFields::schema($fields)));
      }
    }
    $this->assertGreaterThan(300, $expressed);
  }

  /**
   * Schemas as people write them, and what the table cannot say of each.
   */
  public static function schemas(): array {
    $with = static fn (string $property): string => '{"type": "object", "properties": {"a": ' . $property . '}}';
    return [
      'of the quick form' => ['{"type": "object", "properties": {"note": {"type": "string", "title": "Note", "description": "What to know.", "maxLength": 2000}}}', NULL],
      'required in another order' => ['{"required": ["b", "a"], "properties": {"a": {"type": "integer"}, "b": {"type": "boolean"}}, "type": "object"}', NULL],
      'nothing required' => ['{"type": "object", "properties": {"a": {"type": "number"}}, "required": []}', NULL],
      'one of' => [$with('{"type": "string", "enum": ["ja", "nein", "1"]}'), NULL],
      'list' => [$with('{"items": {"type": "string"}, "type": "array"}'), NULL],
      'date and time' => [$with('{"type": "string", "format": "date-time"}'), NULL],
      'anything' => ['{"type": "object"}', 'it does not describe an object with fields'],
      'no fields' => ['{"type": "object", "properties": {}}', 'it does not describe an object with fields'],
      'empty' => ['{}', 'it does not describe an object with fields'],
      'closed' => ['{"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false}', '"additionalProperties"'],
      'dialect' => ['{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": {"a": {"type": "string"}}}', '"$schema"'],
      'definitions' => ['{"type": "object", "$defs": {}, "properties": {"a": {"$ref": "#/$defs/x"}}}', '"$defs"'],
      'required is unknown' => ['{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"]}', '"required" is not a list of its fields'],
      'required twice' => ['{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a", "a"]}', '"required" is not a list of its fields'],
      'nested' => [$with('{"type": "object", "properties": {"b": {"type": "string"}}}'), '"properties" of the field "a"'],
      'pattern' => [$with('{"type": "string", "pattern": "^x"}'), '"pattern" of the field "a"'],
      'minimum' => [$with('{"type": "integer", "minimum": 1}'), '"minimum" of the field "a"'],
      'default' => [$with('{"type": "string", "default": "x"}'), '"default" of the field "a"'],
      'may be null' => [$with('{"type": ["string", "null"]}'), 'the type of the field "a"'],
      'no type' => [$with('{"title": "A"}'), 'the type of the field "a"'],
      'true' => [$with('true'), 'the field "a" has no type'],
      'list of numbers' => [$with('{"type": "array", "items": {"type": "number"}}'), 'the type of the field "a"'],
      'list of choices' => [$with('{"type": "array", "items": {"type": "string", "enum": ["a"]}}'), 'the type of the field "a"'],
      'choice of numbers' => [$with('{"type": "string", "enum": [1, 2]}'), 'what the field "a" says of its enum'],
      'choice with a space' => [$with('{"type": "string", "enum": ["a "]}'), 'what the field "a" says of its enum'],
      'length of a date' => [$with('{"type": "string", "format": "date", "maxLength": 10}'), 'what the field "a" says of its maxLength'],
      'title of two lines' => [$with('{"type": "string", "title": "a\\nb"}'), 'what the field "a" says of its title'],
      'empty description' => [$with('{"type": "string", "description": ""}'), 'what the field "a" says of its description'],
      'length zero' => [$with('{"type": "string", "maxLength": 0}'), 'what the field "a" says of its maxLength'],
      'name with a dash' => ['{"type": "object", "properties": {"a-b": {"type": "string"}}}', 'the name of the field "a-b"'],
      'name of digits' => ['{"type": "object", "properties": {"0": {"type": "string"}}}', 'the name of the field "0"'],
      'empty name' => ['{"type": "object", "properties": {"": {"type": "string"}}}', 'the name of the field ""'],
    ];
  }

  /**
   * The table is offered exactly for what it can say.
   *
   * @dataProvider schemas
   */
  #[DataProvider('schemas')]
  public function testSchemas(string $text, ?string $obstacle): void {
    $schema = json_decode($text, FALSE, 512, JSON_THROW_ON_ERROR);
    $this->assertSame($obstacle, SchemaFields::obstacle($schema));
    $fields = SchemaFields::of($schema);
    $this->assertSame($obstacle !== NULL, $fields === NULL);
    if ($fields !== NULL) {
      $normal = static function (\stdClass $schema): string {
        $schema = clone $schema;
        $schema->required ??= [];
        sort($schema->required);
        return CanonicalJson::encode($schema);
      };
      $this->assertSame($normal($schema), $normal(SchemaFields::schema($fields)));
    }
  }

  /**
   * Mistakes stand at their cells.
   */
  public function testProblems(): void {
    $row = static fn (SchemaFieldType $type, string $name = 'a', string $choices = '', ?int $length = NULL): array => array_keys(SchemaField::typed($name, $type, FALSE, '', '', $choices, $length)->problems());
    $this->assertSame(['name'], $row(SchemaFieldType::Date, ''));
    $this->assertSame(['name'], $row(SchemaFieldType::Date, '1a'));
    $this->assertSame(['name'], $row(SchemaFieldType::Date, 'a b'));
    $this->assertSame(['choices'], $row(SchemaFieldType::Choice));
    $this->assertSame(['choices'], $row(SchemaFieldType::Choice, choices: "a\r\n a \n"));
    $this->assertSame(['length'], $row(SchemaFieldType::ShortText, length: 256));
    $this->assertSame(['length'], $row(SchemaFieldType::LongText, length: 255));
    $this->assertSame([], $row(SchemaFieldType::Number, choices: 'a', length: 1));
    $this->assertSame(['title', 'description'], array_keys(SchemaField::typed('a', SchemaFieldType::Date, FALSE, str_repeat('x', 256), str_repeat('x', 2001), '', NULL)->problems()));
  }

  /**
   * The text has two spaces a step, and texts with spaces stay.
   */
  public function testText(): void {
    $field = SchemaField::typed('a', SchemaFieldType::LongText, TRUE, 'A     b', "x\n    y", '', NULL);
    $text = SchemaFields::text([$field]);
    $this->assertStringContainsString("\n    \"a\": {\n      \"type\"", $text);
    $this->assertSame(Json::encode(SchemaFields::schema([$field])), Json::encode(json_decode($text)));
  }

  /**
   * A field of any kind, with texts that are hard to write.
   */
  private function field(string $name): SchemaField {
    $type = SchemaFieldType::cases()[mt_rand(0, count(SchemaFieldType::cases()) - 1)];
    $texts = ['', 'Title', 'Größe "x" \\ / {}', "<b>' OR 1", '日本', '0', '    a     b'];
    $text = static fn (): string => $texts[mt_rand(0, count($texts) - 1)];
    $length = match ($type) {
      SchemaFieldType::ShortText => mt_rand(1, 255),
      SchemaFieldType::LongText => mt_rand(0, 1) === 1 ? mt_rand(256, 99999) : NULL,
      default => NULL,
    };
    $choices = ['0', '1e3', 'true', 'ä', 'a  b', '-'];
    shuffle($choices);
    return SchemaField::typed($name, $type, mt_rand(0, 1) === 1, $text(), $text() . "\n" . $text(), implode("\n", array_slice($choices, 0, mt_rand(1, 6))), $length);
  }

}
