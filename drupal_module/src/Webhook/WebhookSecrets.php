<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

use Drupal\background_agents\Http\Signature;
use Drupal\background_agents\Sidecar\Secret;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;

/**
 * The secrets of webhooks: shown when they are made, and never again.
 *
 * @internal
 */
final class WebhookSecrets {

  /**
   * Seconds for which the secret before signs beside a new one.
   */
  public const int BOTH_SECONDS = 86400;

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Makes a secret.
   */
  public function make(): string {
    return 'whsec_' . base64_encode(random_bytes(32));
  }

  /**
   * Gives a webhook a new secret. The one before signs, too, for a day.
   *
   * @return string
   *   The new one.
   */
  public function rotate(int $webhook): string {
    $new = $this->make();
    $this->database->update(WebhookStore::TABLE)
      ->expression('old_secret', 'secret')
      ->fields(['old_until' => $this->time->getCurrentTime() + self::BOTH_SECONDS])
      ->condition('id', $webhook)->execute();
    $this->database->update(WebhookStore::TABLE)->fields(['secret' => $new])->condition('id', $webhook)->execute();
    return $new;
  }

  /**
   * The headers of one attempt to deliver a message.
   *
   * @return array<string, string>
   *   In a rotation with both signatures.
   */
  public function sign(int $webhook, string $message, string $body): array {
    $now = $this->time->getCurrentTime();
    $row = $this->database->select(WebhookStore::TABLE, 'w')->fields('w', ['secret', 'old_secret', 'old_until'])->condition('id', $webhook)->execute()->fetchAssoc();
    $secrets = $row ? array_filter([$row['secret'], $now < (int) $row['old_until'] ? $row['old_secret'] : NULL]) : [];
    $signatures = array_map(static fn (string $secret): string => (new Signature([Secret::parse($secret)]))->sign($message, $now, $body), $secrets);
    return [
      'webhook-id' => $message,
      'webhook-timestamp' => (string) $now,
      'webhook-signature' => implode(' ', $signatures),
    ];
  }

}
