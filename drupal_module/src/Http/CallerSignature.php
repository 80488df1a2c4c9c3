<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

use Drupal\background_agents\Sidecar\Secret;

/**
 * The header by which the sidecar vouches for door and address of a caller.
 *
 * `t=<unix seconds>,door=<door>,address=<ip>,mac=<hex>`, bound to the caller's
 * credential: see docs/reference/protocol.md. Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class CallerSignature {

  public const HEADER = 'X-Background-Agents-Caller';

  /**
   * Seconds that a timestamp may be off, either way.
   */
  private const TOLERANCE = 300;

  private const PATTERN = '/^t=([0-9]{1,12}),door=(api|mcp|a2a),address=([0-9a-fA-F:.]{2,45}),mac=([0-9a-f]{64})$/D';

  /**
   * Constructs a CallerSignature object.
   *
   * @param \Drupal\background_agents\Sidecar\Secret[] $secrets
   *   All verify.
   */
  public function __construct(
    private readonly array $secrets,
  ) {}

  /**
   * Verifies the header.
   *
   * @param string $header
   *   The header, as received.
   * @param string $credential
   *   The caller's credential, as it came.
   * @param int $now
   *   Unix seconds.
   *
   * @return \Drupal\background_agents\Http\Caller|null
   *   NULL when the header is not to be believed.
   */
  public function verify(string $header, #[\SensitiveParameter] string $credential, int $now): ?Caller {
    if (!preg_match(self::PATTERN, $header, $match)) {
      return NULL;
    }
    [, $time, $door, $address, $mac] = $match;
    if (abs($now - (int) $time) > self::TOLERANCE || filter_var($address, FILTER_VALIDATE_IP) === FALSE) {
      return NULL;
    }
    $matches = FALSE;
    foreach ($this->secrets as $secret) {
      // No early end: the time tells nothing about which secret it was.
      $matches = hash_equals(self::mac($secret, $time, $door, $address, $credential), $mac) || $matches;
    }
    return $matches ? new Caller($door, $address) : NULL;
  }

  /**
   * Makes the header, as the sidecar does.
   */
  public static function sign(Secret $secret, int $time, string $door, string $address, #[\SensitiveParameter] string $credential): string {
    return "t=$time,door=$door,address=$address,mac=" . self::mac($secret, (string) $time, $door, $address, $credential);
  }

  private static function mac(Secret $secret, string $time, string $door, string $address, #[\SensitiveParameter] string $credential): string {
    return hash_hmac('sha256', "caller\n$time\n$door\n$address\n" . hash('sha256', $credential), $secret->bytes);
  }

}
