<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\background_agents\Http\Problem;
use Drupal\background_agents\Http\ProblemException;

/**
 * The guard refused a save or a deletion of an agent.
 *
 * Entity storage wraps it in an EntityStorageException; see self::in().
 *
 * @internal
 */
final class GuardException extends \RuntimeException {

  /**
   * Constructs a GuardException object.
   *
   * @param string $problem
   *   What programs decide by: `forbidden`, `revision_conflict`, or the code of
   *   a limit.
   * @param string $message
   *   What was refused and what to do, in a sentence.
   * @param int|null $currentRevision
   *   With `revision_conflict`: the revision to read again.
   * @param \Throwable|null $previous
   *   A limit's problem.
   */
  public function __construct(
    public readonly string $problem,
    string $message,
    public readonly ?int $currentRevision = NULL,
    ?\Throwable $previous = NULL,
  ) {
    parent::__construct($message, 0, $previous);
  }

  public static function forbidden(string $message): self {
    return new self('forbidden', $message);
  }

  public static function conflict(string $message, ?int $currentRevision): self {
    return new self('revision_conflict', $message, $currentRevision);
  }

  /**
   * A write beyond a limit.
   */
  public static function limited(ProblemException $limit): self {
    return new self($limit->problem->code, $limit->getMessage(), NULL, $limit);
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

  /**
   * The same refusal, of code that went on as if nothing had been refused.
   */
  public function unheeded(): self {
    return new self($this->problem, 'Code of the site tried something in the same request that agents may not, so nothing of it is stored. ' . $this->getMessage(), $this->currentRevision, $this->getPrevious());
  }

  /**
   * What a program is answered.
   */
  public function toProblem(): Problem {
    $limit = $this->getPrevious();
    return match (TRUE) {
      $limit instanceof ProblemException => new Problem($limit->problem->status, $limit->problem->code, $limit->problem->title, $this->getMessage(), extra: $limit->problem->extra),
      $this->problem === 'revision_conflict' => new Problem(409, 'revision_conflict', 'A newer revision exists', $this->getMessage(), extra: array_filter(['current_revision' => $this->currentRevision])),
      default => new Problem(403, 'forbidden', 'The agent may not do this', $this->getMessage()),
    };
  }

}
