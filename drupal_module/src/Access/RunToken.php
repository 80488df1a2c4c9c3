<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\background_agents\Sidecar\Secret;

/**
 * The token of one run: one account, one generation. Derived, not stored.
 *
 * `bga_<run>.<generation>.<key id>.<mac>`, see docs/reference/protocol.md.
 * Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class RunToken {

  public const PREFIX = 'bga_';

  private const PATTERN = '/^bga_([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.([1-9][0-9]{0,8})\.([0-9a-f]{8})\.([A-Za-z0-9_-]{43})$/D';

  private function __construct(
    public readonly string $run,
    public readonly int $generation,
    public readonly string $keyId,
    private readonly string $mac,
  ) {}

  /**
   * Makes the token of a run.
   *
   * @param \Drupal\background_agents\Sidecar\Secret $secret
   *   The secret that signs.
   * @param string $run
   *   UUID of the run.
   * @param int $generation
   *   Generation of the run.
   * @param string $account
   *   UUID of the account.
   */
  public static function issue(Secret $secret, string $run, int $generation, string $account): string {
    $keyId = $secret->keyId();
    return self::PREFIX . "$run.$generation.$keyId." . self::mac($secret, $run, $generation, $account, $keyId);
  }

  /**
   * Reads a token. It is not verified yet.
   *
   * @return self|null
   *   NULL when it has not the form of a token.
   */
  public static function parse(#[\SensitiveParameter] string $token): ?self {
    if (!preg_match(self::PATTERN, $token, $matches)) {
      return NULL;
    }
    return new self($matches[1], (int) $matches[2], $matches[3], $matches[4]);
  }

  /**
   * Whether one of the secrets made this token for this account.
   *
   * @param \Drupal\background_agents\Sidecar\Secret[] $secrets
   *   All valid secrets.
   * @param string $account
   *   UUID of the account that the run acts as.
   */
  public function isAuthentic(array $secrets, string $account): bool {
    foreach ($secrets as $secret) {
      if (hash_equals($secret->keyId(), $this->keyId)
        && hash_equals(self::mac($secret, $this->run, $this->generation, $account, $this->keyId), $this->mac)) {
        return TRUE;
      }
    }
    return FALSE;
  }

  private static function mac(Secret $secret, string $run, int $generation, string $account, string $keyId): string {
    $mac = hash_hmac('sha256', "run-token\n$run\n$generation\n$account\n$keyId", $secret->bytes, TRUE);
    return rtrim(strtr(base64_encode($mac), '+/', '-_'), '=');
  }

}
