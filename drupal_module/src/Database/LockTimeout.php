<?php

declare(strict_types=1);

namespace Drupal\background_agents\Database;

use Drupal\Core\Database\Connection;

/**
 * Waits two seconds for a lock, not the database's fifty.
 *
 * @internal
 */
final class LockTimeout {

  private const int SECONDS = 2;

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

}
