<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

/**
 * One time only.
 *
 * @internal
 */
final readonly class OnceRecurrence implements RecurrenceInterface {

  public function __construct(private int $time) {}

  /**
   * {@inheritdoc}
   */
  public function times(int $after, int $until): iterable {
    if ($after < $this->time && $this->time <= $until) {
      yield $this->time;
    }
  }

}
