<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\Core\Database\Connection;

/**
 * Waits two seconds for a lock, not the database's fifty.
 */
final class LockTimeout {

  private const int SECONDS = 2;

  /**
   * Lock wait timeout, deadlock and NOWAIT of MySQL; the same of PostgreSQL;
   * SQLite.
   */
  private const array CODES = ['1205', '1213', '3572', '55P03', '40P01', '40001', '5'];

  public function __construct(
    private readonly Connection $database,
  ) {}

  /**
   * Runs something with the short timeout, and restores the one before.
   */
  public function during(callable $work): mixed {
    if ($this->database->databaseType() !== 'mysql') {
      return $work();
    }
    $before = (int) $this->database->query('SELECT @@SESSION.innodb_lock_wait_timeout')->fetchField();
    $this->database->query('SET SESSION innodb_lock_wait_timeout = ' . self::SECONDS);
    try {
      return $work();
    }
    finally {
      $this->database->query('SET SESSION innodb_lock_wait_timeout = ' . $before);
    }
  }

  /**
   * Whether an exception says that a lock was not to be had.
   */
  public static function isBusy(?\Throwable $exception): bool {
    for (; $exception !== NULL; $exception = $exception->getPrevious()) {
      if ($exception instanceof \PDOException && array_intersect(array_map(strval(...), array_filter([...($exception->errorInfo ?? []), $exception->getCode()], is_scalar(...))), self::CODES) !== []) {
        return TRUE;
      }
    }
    return FALSE;
  }

}
