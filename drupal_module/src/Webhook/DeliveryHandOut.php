<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

/**
 * Hands out what has to be sent, signed anew each time.
 *
 * A webhook is one sender's for a while, so that its messages leave in their
 * order, and none twice at once.
 *
 * @internal
 */
final class DeliveryHandOut {

  /**
   * Webhooks, and messages of each, in one answer.
   */
  private const int WEBHOOKS = 10;
  private const int MESSAGES = 10;

  /**
   * Seconds until the sidecar asks again: where there are webhooks, and not.
   */
  private const int SOON = 10;
  private const int LATE = 30;

  public function __construct(
    private readonly WebhookStore $webhooks,
    private readonly DeliveryStore $deliveries,
    private readonly WebhookSecrets $secrets,
    private readonly WebhookAudience $audience,
  ) {}

  /**
   * Takes what is due, for one sender.
   *
   * @return array{webhooks: array, look_in: int}
   *   As in the contract `webhook`.
   */
  public function take(): array {
    $taken = array_values(array_filter(array_map($this->takeOne(...), $this->deliveries->dueWebhooks(self::WEBHOOKS))));
    return ['webhooks' => $taken, 'look_in' => $this->webhooks->isThereAny() ? self::SOON : self::LATE];
  }

  private function takeOne(int $id): ?array {
    $token = bin2hex(random_bytes(16));
    if (!$this->webhooks->lease($id, $token)) {
      return NULL;
    }
    $webhook = $this->webhooks->load($id);
    $due = $webhook === NULL ? [] : $this->audience->still($webhook, $this->deliveries->dueTo($id, self::MESSAGES));
    if ($webhook === NULL || $due === []) {
      $this->webhooks->release($id, $token);
      return NULL;
    }
    return [
      'webhook' => $id,
      'lease' => $token,
      // Which private addresses may be reached depends on who chose this one.
      'subject' => $webhook->key === '' ? 'agent' : 'key',
      'url' => $webhook->url,
      'messages' => array_map(fn (Delivery $delivery): array => [
        'id' => $delivery->message,
        'headers' => $this->secrets->sign($id, $delivery->message, $delivery->body),
        'body' => $delivery->body,
      ], $due),
    ];
  }

}
