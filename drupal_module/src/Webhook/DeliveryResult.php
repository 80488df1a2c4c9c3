<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

/**
 * What came of one attempt, as the sidecar reports it.
 *
 * Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class DeliveryResult {

  private const BUSY = [408, 425, 429];

  public function __construct(
    public readonly ?int $code,
    public readonly string $answer,
    public readonly string $error,
    public readonly ?int $retryAfter = NULL,
  ) {}

  /**
   * Reads a result of a report that was checked against its contract.
   */
  public static function fromDocument(\stdClass $result): self {
    return new self(
      isset($result->status) ? (int) $result->status : NULL,
      (string) ($result->text ?? ''),
      (string) ($result->error ?? ''),
      isset($result->retry_after) ? (int) $result->retry_after : NULL,
    );
  }

  /**
   * Whether the receiver took the message.
   */
  public function isTaken(): bool {
    return $this->code !== NULL && $this->code >= 200 && $this->code < 300;
  }

  /**
   * Whether the receiver says that it wants nothing any more.
   */
  public function isGone(): bool {
    return $this->code === 410;
  }

  /**
   * Whether the receiver takes nothing now, whatever it is sent.
   *
   * Another answer is about this one message: the next one may be taken.
   */
  public function isDown(): bool {
    return $this->code === NULL || $this->code < 400 || $this->code >= 500 || in_array($this->code, self::BUSY, TRUE);
  }

}
