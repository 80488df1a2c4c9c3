<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

/**
 * What the sidecar was answered at one endpoint. Times are Unix seconds.
 *
 * @internal
 */
final class Contact {

  /**
   * Constructs a Contact object.
   *
   * @param int|null $taken
   *   When a request was taken last; NULL: never. Exact to half a minute.
   * @param int|null $refusedSince
   *   Since when every request was refused; NULL: the last one was taken.
   * @param int|null $refused
   *   When one was refused last.
   * @param int $status
   *   The HTTP status of the refusal.
   * @param string $code
   *   Its code; empty when the answer was no problem document.
   * @param string $detail
   *   What it says.
   */
  public function __construct(
    public readonly ?int $taken = NULL,
    public readonly ?int $refusedSince = NULL,
    public readonly ?int $refused = NULL,
    public readonly int $status = 0,
    public readonly string $code = '',
    public readonly string $detail = '',
  ) {}

  /**
   * A contact whose last request was taken.
   */
  public function afterTaken(int $now): self {
    return new self($now);
  }

  /**
   * A contact whose last request was refused.
   */
  public function afterRefused(int $now, int $status, string $code, string $detail): self {
    return new self($this->taken, $this->refusedSince ?? $now, $now, $status, $code, $detail);
  }

}
