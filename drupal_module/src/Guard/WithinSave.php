<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Database\Connection;
use Drupal\Core\Utility\Error;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Does something in somebody's save, without ever failing it.
 *
 * @internal
 */
final class WithinSave {

  public function __construct(
    private readonly Connection $database,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Swallows only what was rolled back to the own savepoint, and logs it.
   *
   * A deadlock has ended the whole transaction: if that were swallowed, the
   * save would return as if done while nothing was stored.
   *
   * @param callable(): void $work
   *   What is done.
   * @param string $failure
   *   What could not be done, as the log shall say it.
   * @param array<string, string> $context
   *   Placeholders of the sentence.
   */
  public function attempt(callable $work, string $failure, array $context = []): void {
    $transaction = $this->database->startTransaction();
    try {
      $work();
    }
    catch (\Throwable $error) {
      try {
        $transaction->rollBack();
        $gone = !$this->database->inTransaction();
      }
      catch (\Throwable) {
        $gone = TRUE;
      }
      if ($gone) {
        throw $error;
      }
      // Only the message: the arguments may hold the content.
      $this->logger->error("$failure: %type in %function (line %line of %file).", $context + Error::decodeException($error));
    }
  }

}
