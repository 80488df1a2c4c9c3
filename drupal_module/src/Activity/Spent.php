<?php

declare(strict_types=1);

namespace Drupal\background_agents\Activity;

/**
 * What was spent: millionths of a US dollar, and tokens in and out.
 *
 * @internal
 */
final readonly class Spent {

  public function __construct(
    public int $micros = 0,
    public int $tokens = 0,
  ) {}

  /**
   * This and more.
   */
  public function plus(self $more): self {
    return new self($this->micros + $more->micros, $this->tokens + $more->tokens);
  }

  /**
   * The sum of several.
   *
   * @param iterable<self> $all
   *   What is added.
   */
  public static function sum(iterable $all): self {
    $sum = new self();
    foreach ($all as $spent) {
      $sum = $sum->plus($spent);
    }
    return $sum;
  }

  /**
   * Whether models were used that cost nothing, as far as anybody knows.
   */
  public function isUnpriced(): bool {
    return $this->micros === 0 && $this->tokens > 0;
  }

}
