<?php

declare(strict_types=1);

namespace Drupal\background_agents\Database;

use Drupal\background_agents\Http\Problem;

/**
 * What the database said when it refused a query.
 *
 * @internal
 */
final readonly class DatabaseFailure {

  /**
   * Codes of a database that is busy.
   *
   * Lock wait timeout, deadlock and NOWAIT of MySQL; the same of PostgreSQL;
   * SQLite.
   */
  private const BUSY = ['1205', '1213', '3572', '55P03', '40P01', '40001', '5'];

  /**
   * Too many connections, cannot connect, gone away, lost, shut down.
   */
  private const AWAY = ['1040', '1053', '1203', '2002', '2003', '2006', '2013', '4031', '57P01', '57P03', '53300'];

  /**
   * A value that is there already, and must not be twice.
   */
  private const UNIQUE = ['1062', '23505'];

  /**
   * Codes of a value that a column does not take.
   *
   * It is NULL, too long, out of range, of
   * another type or alphabet, against a CHECK, larger than a packet.
   */
  private const VALUE = [
    '1048',
    '1153',
    '1264',
    '1265',
    '1267',
    '1271',
    '1292',
    '1364',
    '1366',
    '1406',
    '1411',
    '3140',
    '3819',
    '3988',
    '4025',
    '23502',
    '23514',
  ];

  private function __construct(
    private string $sqlState,
    private string $code,
    private string $message,
  ) {}

  /**
   * The failure inside a chain of exceptions, or NULL.
   */
  public static function in(?\Throwable $exception): ?self {
    for (; $exception !== NULL; $exception = $exception->getPrevious()) {
      if ($exception instanceof \PDOException) {
        return new self((string) ($exception->errorInfo[0] ?? $exception->getCode()), (string) ($exception->errorInfo[1] ?? ''), (string) ($exception->errorInfo[2] ?? $exception->getMessage()));
      }
    }
    return NULL;
  }

  /**
   * The answer to a request that can be sent again; NULL when it cannot.
   */
  public function waiting(): ?Problem {
    return match (TRUE) {
      $this->isBusy() => new Problem(503, 'busy', 'The database is busy', 'Somebody saves the same at this moment. Send it again.', extra: ['retry_after' => 2]),
      $this->isAway() => new Problem(503, 'unavailable', 'The database does not answer', 'Send it again later.', extra: ['retry_after' => 5]),
      default => NULL,
    };
  }

  /**
   * Whether a value cannot be stored or compared.
   */
  public function isOfValue(): bool {
    return $this->isAnyOf(self::VALUE) || str_starts_with($this->sqlState, '22');
  }

  /**
   * Whether a value is there already, and must not be twice.
   */
  public function isOfUnique(): bool {
    return $this->isAnyOf(self::UNIQUE);
  }

  /**
   * The column, or unique key, that did not take a value, when it is named.
   */
  public function column(): ?string {
    // The value may be quoted before it, and may look the same.
    $found = preg_match('/.*(?:column|field|for key|constraint failed:) [`\'"]?(?:[^`\'". ]+[`"]?\.[`"]?)*([A-Za-z0-9_]+)/is', $this->message, $match);
    return $found ? $match[1] : NULL;
  }

  /**
   * One sentence, without the query and its values.
   */
  public function sentence(): string {
    return sprintf('The database refused a query (%s).', trim("{$this->sqlState} {$this->code}"));
  }

  private function isBusy(): bool {
    return $this->isAnyOf(self::BUSY);
  }

  private function isAway(): bool {
    return $this->isAnyOf(self::AWAY) || str_starts_with($this->sqlState, '08') && !$this->isOfValue();
  }

  /**
   * Tells whether the database gave one of several codes.
   *
   * @param string[] $codes
   *   SQL states and codes of drivers.
   */
  private function isAnyOf(array $codes): bool {
    return in_array($this->code, $codes, TRUE) || in_array($this->sqlState, $codes, TRUE);
  }

}
