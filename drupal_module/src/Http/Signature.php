<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

use Drupal\background_agents\Sidecar\Secret;

/**
 * Signs and verifies requests as in Standard Webhooks.
 *
 * See docs/reference/protocol.md. Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class Signature {

  public const FROM_DRUPAL = 'd2s';
  public const FROM_SIDECAR = 's2d';

  /**
   * Seconds that a timestamp may be off, either way.
   */
  public const TOLERANCE = 300;

  /**
   * Seconds that the ids of accepted requests are remembered.
   */
  public const REMEMBERED = 900;

  /**
   * Constructs a Signature object.
   *
   * @param \Drupal\background_agents\Sidecar\Secret[] $secrets
   *   The first signs, all verify.
   */
  public function __construct(
    private readonly array $secrets,
  ) {}

  /**
   * Makes the id of a new request.
   */
  public static function newId(string $direction): string {
    return $direction . '_' . bin2hex(random_bytes(16));
  }

  /**
   * Signs a body.
   *
   * @param string $id
   *   The value of webhook-id.
   * @param int $timestamp
   *   Unix seconds, the value of webhook-timestamp.
   * @param string $body
   *   The raw bytes that are sent.
   *
   * @return string
   *   The value of webhook-signature.
   */
  public function sign(string $id, int $timestamp, string $body): string {
    if ($this->secrets === []) {
      throw new \LogicException('There is no secret to sign with.');
    }
    return self::entry($this->secrets[0], "$id.$timestamp.$body");
  }

  /**
   * Verifies a request.
   *
   * @param array{id: ?string, timestamp: ?string, signature: ?string} $headers
   *   The three webhook-* headers, as received.
   * @param string $body
   *   The raw bytes received.
   * @param string $direction
   *   The direction it must have: one of the FROM_ constants.
   * @param int $now
   *   Unix seconds.
   * @param callable(string): bool $remember
   *   Remembers an id; FALSE when it was there. Called last, and only for a
   *   request that is valid otherwise.
   *
   * @throws \Drupal\background_agents\Http\SignatureRefused
   *   With the code of the first thing that is wrong.
   */
  public function verify(array $headers, string $body, string $direction, int $now, callable $remember): void {
    ['id' => $id, 'timestamp' => $timestamp, 'signature' => $signature] = $headers;
    if (in_array($id ?? '', ['', NULL], TRUE) || ($timestamp ?? '') === '' || ($signature ?? '') === '') {
      throw new SignatureRefused('signature_missing', 'The headers webhook-id, webhook-timestamp and webhook-signature are needed.');
    }
    $entries = self::entries($signature);
    if (!preg_match('/^(d2s|s2d)_[A-Za-z0-9_-]{16,128}$/D', $id, $matches) || !preg_match('/^[0-9]{1,12}$/D', $timestamp) || $entries === []) {
      throw new SignatureRefused('signature_malformed', 'The webhook-id, the webhook-timestamp or the webhook-signature has the wrong form.');
    }
    if ($matches[1] !== $direction) {
      throw new SignatureRefused('wrong_direction', "This request was signed for the other side. An id that begins with {$direction}_ is expected.");
    }
    if (abs($now - (int) $timestamp) > self::TOLERANCE) {
      throw new SignatureRefused('timestamp_out_of_range', 'The timestamp is more than 300 seconds off. Check the clocks of both servers.');
    }
    if (!$this->anyMatches($entries, "$id.$timestamp.$body")) {
      throw new SignatureRefused('signature_invalid', 'The signature does not match. Check that both sides have the same secret.');
    }
    if (!$remember($id)) {
      throw new SignatureRefused('replayed', 'A request with this id was accepted before. Sign a retry anew.');
    }
  }

  /**
   * Returns all usable v1 entries of the header, as text.
   *
   * @return string[]
   *   All usable v1 entries of the header, as text.
   */
  private static function entries(string $header): array {
    return preg_grep('#^v1,[A-Za-z0-9+/]{43}=$#D', explode(' ', $header));
  }

  private function anyMatches(array $entries, string $message): bool {
    $match = FALSE;
    foreach ($this->secrets as $secret) {
      $expected = self::entry($secret, $message);
      foreach ($entries as $entry) {
        $match = hash_equals($expected, $entry) || $match;
      }
    }
    return $match;
  }

  private static function entry(Secret $secret, string $message): string {
    return 'v1,' . base64_encode(hash_hmac('sha256', $message, $secret->bytes, TRUE));
  }

}
