<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

/**
 * One secret that the site shares with its sidecar.
 *
 * Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class Secret {

  private const MIN_BYTES = 24;

  private function __construct(
    #[\SensitiveParameter] public readonly string $bytes,
  ) {}

  /**
   * Reads a secret as it stands in the settings.
   *
   * @param string $text
   *   Either "whsec_" and base64 of at least 24 bytes, or raw text of that
   *   length.
   *
   * @throws \InvalidArgumentException
   *   When it is too short or no base64. The message does not repeat it.
   */
  public static function parse(#[\SensitiveParameter] string $text): self {
    $bytes = $text;
    if (str_starts_with($text, 'whsec_')) {
      $bytes = base64_decode(substr($text, 6), TRUE);
      // PHP's strict mode still skips white space and missing padding.
      if ($bytes === FALSE || base64_encode($bytes) !== substr($text, 6)) {
        throw new \InvalidArgumentException('A secret that begins with "whsec_" must go on with base64, with its padding and without white space.');
      }
    }
    if (strlen($bytes) < self::MIN_BYTES) {
      throw new \InvalidArgumentException('A site secret needs at least 24 bytes. Make one with: echo "whsec_$(openssl rand -base64 32)"');
    }
    return new self($bytes);
  }

  /**
   * Names the secret without telling it: 8 hex digits.
   */
  public function keyId(): string {
    return substr(hash('sha256', "key-id\n" . $this->bytes), 0, 8);
  }

}
