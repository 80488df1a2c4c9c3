<?php

declare(strict_types=1);

namespace Drupal\background_agents\Database;

use Drupal\Core\Database\Connection;

/**
 * Rolls back what is open when PHP dies.
 *
 * Out of memory, out of time, or ended by a hook: core's transaction objects
 * are then destructed, and that commits. Half a draft would be stored, or a run
 * that nobody hands out.
 *
 * @internal
 */
final class AbortedTransactions {

  /**
   * Whether the end of the request is being watched.
   */
  private bool $watching = FALSE;

  public function __construct(
    private readonly Connection $database,
  ) {}

  /**
   * Looks at the end of this process; call it before the first transaction.
   */
  public function watch(): void {
    if (!$this->watching) {
      $this->watching = TRUE;
      // Before objects are destructed.
      register_shutdown_function($this->rollBack(...));
    }
  }

  private function rollBack(): void {
    if ($this->database->inTransaction()) {
      $this->database->getClientConnection()->rollBack();
      $this->database->transactionManager()->voidClientTransaction();
    }
  }

}
