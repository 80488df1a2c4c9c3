<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

/**
 * What the guard refused in this request.
 *
 * Code may catch the guard's exception and go on. A refusal that is noted here
 * is not forgotten: see GuardedWork.
 *
 * @internal
 */
final class Refusals {

  /**
   * What was refused in the draft or the tool call under way.
   *
   * @var \Drupal\background_agents\Guard\GuardException[]
   */
  private array $noted = [];

  /**
   * Runs a check of the guard, and notes what it throws.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   */
  public function noting(callable $check): void {
    try {
      $check();
    }
    catch (GuardException $refusal) {
      $this->noted[] = $refusal;
      throw $refusal;
    }
  }

  /**
   * How many there are: a mark for since().
   */
  public function count(): int {
    return count($this->noted);
  }

  /**
   * The first refusal after a mark; NULL when there is none.
   */
  public function since(int $mark): ?GuardException {
    return $this->noted[$mark] ?? NULL;
  }

}
