<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

/**
 * The guard refused a save or a deletion of an agent.
 *
 * Entity storage wraps it in an EntityStorageException; see self::in().
 */
final class GuardException extends \RuntimeException {

  /**
   * @param string $problem
   *   What programs decide by: `forbidden`, or `revision_conflict`.
   * @param string $message
   *   What was refused and what to do, in a sentence.
   * @param int|null $currentRevision
   *   With `revision_conflict`: the revision to read again.
   */
  public function __construct(
    public readonly string $problem,
    string $message,
    public readonly ?int $currentRevision = NULL,
  ) {
    parent::__construct($message);
  }

  public static function forbidden(string $message): self {
    return new self('forbidden', $message);
  }

  public static function conflict(string $message, ?int $currentRevision): self {
    return new self('revision_conflict', $message, $currentRevision);
  }

  /**
   * The refusal inside a chain of exceptions, or NULL.
   */
  public static function in(?\Throwable $exception): ?self {
    for (; $exception !== NULL; $exception = $exception->getPrevious()) {
      if ($exception instanceof self) {
        return $exception;
      }
    }
    return NULL;
  }

}
