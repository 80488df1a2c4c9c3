<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\Core\Database\Connection;
use Drupal\Core\Lock\LockBackendInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * One process at a time lets items in.
 *
 * @internal
 */
final class BatchLock {

  private const string NAME = 'background_agents:batches';

  public function __construct(
    private readonly Connection $database,
    #[Autowire(service: 'lock')]
    private readonly LockBackendInterface $lock,
  ) {}

  /**
   * Takes the lock; not in a transaction, which would hide what others did.
   *
   * @param int $seconds
   *   How long to wait for another process.
   */
  public function acquire(int $seconds): bool {
    return !$this->database->inTransaction() && ($this->lock->acquire(self::NAME, 60.0)
      || ($seconds > 0 && !$this->lock->wait(self::NAME, $seconds) && $this->lock->acquire(self::NAME, 60.0)));
  }

  public function release(): void {
    $this->lock->release(self::NAME);
  }

}
