<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

/**
 * The text of a dispatch key: `bgd_<10 characters id>_<43 characters secret>`.
 *
 * Its secret has 256 random bits, so that a plain hash of it is kept safely.
 * Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class DispatchKeyToken {

  public const PREFIX = 'bgd_';

  private const PATTERN = '/^bgd_([a-z0-9]{10})_([A-Za-z0-9_-]{43})$/D';

  private const BYTES = 32;

  private function __construct(
    public readonly string $id,
    #[\SensitiveParameter] private readonly string $secret,
  ) {}

  /**
   * Makes the token of a new key.
   *
   * @param string $request
   *   What asked for the key: the same gives the same id, and never the same
   *   secret.
   */
  public static function make(string $request): self {
    $id = substr(base_convert(substr(hash('sha256', $request), 0, 15), 16, 36) . hash('sha256', "$request\nid"), 0, 10);
    return new self($id, rtrim(strtr(base64_encode(random_bytes(self::BYTES)), '+/', '-_'), '='));
  }

  /**
   * Reads a token; NULL: it is none.
   */
  public static function parse(#[\SensitiveParameter] string $text): ?self {
    return preg_match(self::PATTERN, $text, $match) ? new self($match[1], $match[2]) : NULL;
  }

  /**
   * What is kept of the secret.
   */
  public function hash(): string {
    return hash('sha256', $this->secret);
  }

  /**
   * The text that its owner is shown once.
   */
  public function text(): string {
    return self::PREFIX . "{$this->id}_{$this->secret}";
  }

  /**
   * Keeps the secret out of dumps and logs.
   *
   * @return array<string, string>
   *   The id.
   */
  public function __debugInfo(): array {
    return ['id' => $this->id];
  }

}
