<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Database\DatabaseFailure;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * What the words and codes of the databases mean.
 */
final class DatabaseFailureTest extends TestCase {

  /**
   * @return array<string, array{string, string, string, string}>
   */
  public static function values(): array {
    return [
      'MariaDB, too long' => ['22001', '1406', "Data too long for column 'field_x_value' at row 1", 'field_x_value'],
      'MariaDB, a value that looks like a column' => ['HY000', '1366', "Incorrect string value: 'column 'a'' for column `db`.`node__field_x`.`field_x_value` at row 1", 'field_x_value'],
      'MySQL, NULL' => ['23000', '1048', "Column 'title' cannot be null", 'title'],
      'MySQL, no default' => ['HY000', '1364', "Field 'title' doesn't have a default value", 'title'],
      'PostgreSQL, NULL' => ['23502', '7', 'ERROR:  null value in column "title" of relation "node_field_data" violates not-null constraint', 'title'],
      'SQLite, NULL' => ['23000', '19', 'NOT NULL constraint failed: node_field_data.title', 'title'],
    ];
  }

  /**
   * The column that did not take a value is found, whatever the value says.
   *
   * @dataProvider values
   */
  #[DataProvider('values')]
  public function testColumn(string $state, string $code, string $message, string $column): void {
    $this->assertSame($column, $this->failure($state, $code, $message)->column());
  }

  /**
   * The name of the key stands for the column.
   */
  public function testUniqueKey(): void {
    $failure = $this->failure('23000', '1062', "Duplicate entry 'for key 'a'' for key 'node__field_x.field_x_value'");
    $this->assertTrue($failure->isOfUnique());
    $this->assertFalse($failure->isOfValue());
    $this->assertSame('field_x_value', $failure->column());
  }

  /**
   * Without a name of a column, any field may be meant.
   */
  public function testPostgreSqlDoesNotNameTheColumnOfATooLongValue(): void {
    $failure = $this->failure('22001', '7', 'ERROR:  value too long for type character varying(255)');
    $this->assertTrue($failure->isOfValue());
    $this->assertNull($failure->column());
  }

  /**
   * Locks and lost connections; a query that is wrong stays wrong.
   */
  public function testWhatCanBeSentAgain(): void {
    foreach ([['40001', '1213', 'busy'], ['HY000', '1205', 'busy'], ['55P03', '7', 'busy'], ['HY000', '2006', 'unavailable'], ['08006', '7', 'unavailable'], ['HY000', '1040', 'unavailable']] as [$state, $code, $expected]) {
      $waiting = $this->failure($state, $code, 'x')->waiting();
      $this->assertSame($expected, $waiting?->code, "$state $code");
      $this->assertGreaterThan(0, $waiting?->extra['retry_after']);
    }
    $this->assertNull($this->failure('42S02', '1146', "Table 'x' doesn't exist")->waiting());
    $this->assertNull($this->failure('08S01', '1153', 'Got a packet bigger than max_allowed_packet')->waiting());
  }

  /**
   * It is found behind the exceptions that wrap it, and tells no query.
   */
  public function testSentence(): void {
    $inner = new \PDOException('SELECT secret');
    $inner->errorInfo = ['42S02', 1146, "Table 'secret' doesn't exist"];
    $failure = DatabaseFailure::in(new \RuntimeException('outer', 0, new \LogicException('middle', 0, $inner)));
    $this->assertSame('The database refused a query (42S02 1146).', $failure?->sentence());
    $this->assertNull(DatabaseFailure::in(new \RuntimeException('other')));
  }

  private function failure(string $state, string $code, string $message): DatabaseFailure {
    $exception = new \PDOException($message);
    $exception->errorInfo = [$state, (int) $code, $message];
    $failure = DatabaseFailure::in($exception);
    $this->assertNotNull($failure);
    return $failure;
  }

}
