<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Database\DatabaseFailure;
use Drupal\background_agents\Database\LockTimeout;
use Drupal\background_agents\Guard\GuardedWork;
use Drupal\background_agents\Guard\GuardException;
use Drupal\Core\Database\DatabaseException;
use Drupal\Core\Entity\EntityStorageException;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Carries a decision out as a whole, or tells the person why it was not.
 *
 * @internal
 */
final class DecisionTransaction {

  use StringTranslationTrait;

  public function __construct(
    private readonly LockTimeout $lockTimeout,
    private readonly GuardedWork $work,
  ) {}

  /**
   * Does something in a transaction that waits for locks for a moment only.
   *
   * @return mixed
   *   What the work returned.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When the work refused, or somebody else saves the same at this moment.
   */
  public function run(callable $work): mixed {
    try {
      return $this->lockTimeout->during(fn (): mixed => $this->work->inTransaction($work));
    }
    catch (DatabaseException | EntityStorageException | GuardException $failure) {
      if (GuardException::in($failure) === NULL && DatabaseFailure::in($failure)?->waiting() === NULL) {
        throw $failure;
      }
      throw new ReviewRefused($this->t('Somebody else is saving this content at this moment. Nothing was decided: try again.'));
    }
  }

}
