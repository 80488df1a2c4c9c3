<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

/**
 * What a reviewer had in sight when they decided.
 *
 * @internal
 */
final readonly class Seen {

  /**
   * Sets what is given.
   *
   * @param int $newest
   *   Id of the newest revision of the translation.
   * @param int|null $default
   *   Id of the default revision; NULL: there is none.
   */
  public function __construct(
    public int $newest,
    public ?int $default,
  ) {}

  /**
   * What a form keeps of it.
   */
  public function __toString(): string {
    return $this->newest . '.' . ($this->default ?? '');
  }

  /**
   * Reads what __toString() wrote; NULL: it is not that.
   */
  public static function of(string $text): ?self {
    return preg_match('/^(\d{1,18})\.(\d{0,18})$/D', $text, $found) === 1 ? new self((int) $found[1], $found[2] === '' ? NULL : (int) $found[2]) : NULL;
  }

}
