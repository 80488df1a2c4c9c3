<?php

declare(strict_types=1);

namespace Drupal\background_agents\Database;

use Drupal\Core\Database\Connection;

/**
 * Does all of something, or nothing of it.
 *
 * Within another transaction, that one commits or rolls back the whole.
 *
 * @internal
 */
final class Transactions {

  public function __construct(
    private readonly Connection $database,
  ) {}

  /**
   * Does something in a transaction, and rolls it back when it throws.
   *
   * @return mixed
   *   What the work returned.
   */
  public function run(callable $work): mixed {
    $transaction = $this->database->startTransaction();
    try {
      $result = $work();
    }
    catch (\Throwable $error) {
      $transaction->rollBack();
      throw $error;
    }
    $transaction->commitOrRelease();
    return $result;
  }

}
