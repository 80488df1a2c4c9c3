<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\background_agents\Database\Transactions;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\AccountProxyInterface;
use Drupal\Core\Session\AccountSwitcherInterface;

/**
 * Work in a run's request that runs code of the site, such as its hooks.
 *
 * That code may swallow the guard's refusals, and may leave another account
 * behind. Neither outlives the work.
 *
 * @internal
 */
final class GuardedWork {

  public function __construct(
    private readonly Transactions $transactions,
    private readonly Refusals $refusals,
    private readonly AccountProxyInterface $currentUser,
    private readonly AccountSwitcherInterface $accountSwitcher,
  ) {}

  /**
   * Does something in a transaction: all of it, or nothing.
   *
   * @return mixed
   *   What the work returned.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When the guard refused anything meanwhile, also if nobody told.
   */
  public function inTransaction(callable $work): mixed {
    $mark = $this->refusals->count();
    try {
      return $this->transactions->run(function () use ($work, $mark): mixed {
        $result = $this->keepingAccount($work);
        $refusal = $this->refusals->since($mark);
        return $refusal === NULL ? $result : throw $refusal->unheeded();
      });
    }
    catch (\Throwable $exception) {
      $isTold = GuardException::in($exception) !== NULL;
      throw $isTold ? $exception : ($this->refusals->since($mark)?->unheeded() ?? $exception);
    }
  }

  /**
   * Does something, and goes on as the account that was current before.
   */
  public function keepingAccount(callable $work): mixed {
    $before = $this->currentUser->getAccount();
    try {
      return $work();
    }
    finally {
      $this->restore($before);
    }
  }

  private function restore(AccountInterface $before): void {
    while ($this->currentUser->getAccount() !== $before) {
      try {
        $this->accountSwitcher->switchBack();
      }
      catch (\RuntimeException) {
        // It was set past the switcher.
        $this->currentUser->setAccount($before);
      }
    }
  }

}
