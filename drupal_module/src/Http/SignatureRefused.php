<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

/**
 * A signed request is not accepted; the message is for people.
 *
 * Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class SignatureRefused extends \RuntimeException {

  /**
   * Constructs a SignatureRefused object.
   *
   * @param string $reason
   *   The code of the problem: signature_missing, signature_malformed,
   *   wrong_direction, timestamp_out_of_range, signature_invalid, replayed.
   * @param string $message
   *   What to do.
   */
  public function __construct(
    public readonly string $reason,
    string $message,
  ) {
    parent::__construct($message);
  }

}
