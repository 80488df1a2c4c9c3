<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Contract\EcmaPattern;
use Drupal\background_agents\Contract\ForeignSchema;
use Drupal\background_agents\Contract\SchemaValidator;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * Schemas and patterns that others wrote are usable, or refused, and bounded.
 */
final class ForeignSchemaTest extends TestCase {

  public static function patterns(): array {
    return Cases::vectors('foreign-patterns');
  }

  public static function schemas(): array {
    return Cases::vectors('foreign-schemas');
  }

  /**
   * Patterns are read as ECMA 262 reads them.
   *
   * @dataProvider patterns
   */
  #[DataProvider('patterns')]
  public function testPattern(\stdClass $case): void {
    if ($case->fits === NULL) {
      $this->expectException(\UnexpectedValueException::class);
    }
    $this->assertSame($case->fits, EcmaPattern::fits($case->pattern, $case->text) ?? FALSE);
  }

  /**
   * Whether a schema can be used.
   *
   * @dataProvider schemas
   */
  #[DataProvider('schemas')]
  public function testSchema(\stdClass $case): void {
    $this->assertSame($case->usable, ForeignSchema::problem($case->schema) === NULL, (string) ForeignSchema::problem($case->schema));
  }

  /**
   * What only PCRE has is refused: such a pattern means something else elsewhere.
   */
  public function testWhatOnlyPcreHasIsRefused(): void {
    foreach (['(?R)', '(*FAIL)', '\A', '(?|a)', '(?i)a', '\K', '\Q.\E', '(?P<a>b)'] as $pattern) {
      try {
        EcmaPattern::fits($pattern, 'a');
        $this->fail("$pattern was used.");
      }
      catch (\UnexpectedValueException $exception) {
        $this->assertStringContainsString('cannot be used', $exception->getMessage());
      }
    }
  }

  /**
   * A list of texts, each of which is the worst for its pattern, is an error after a second, not a wrong schema.
   */
  public function testTheWorkForAListIsBounded(): void {
    $schema = json_decode('{"items": {"anyOf": [{"pattern": "^(a+)+$"}, {"type": "string"}]}}');
    $began = hrtime(TRUE);
    $errors = SchemaValidator::validateForeign(array_fill(0, 5000, str_repeat('a', 40) . '!'), $schema);
    $this->assertLessThan(5.0, (hrtime(TRUE) - $began) / 1e9);
    $this->assertStringContainsString('too large', $errors[0]['detail']);
  }

  /**
   * A value that is too deep, or holds too much, is an error of the value.
   */
  public function testTheSizeOfAValueIsBounded(): void {
    $schema = new \stdClass();
    $this->assertSame([], SchemaValidator::validateForeign(json_decode(str_repeat('[', 60) . str_repeat(']', 60)), $schema));
    foreach ([json_decode(str_repeat('[', 100) . str_repeat(']', 100)), array_fill(0, 20_001, 1), str_repeat('x', 1_000_001)] as $value) {
      $this->assertStringContainsString('too much', SchemaValidator::validateForeign($value, $schema)[0]['detail']);
    }
  }

}
