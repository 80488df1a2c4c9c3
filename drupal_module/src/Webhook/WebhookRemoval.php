<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

/**
 * Deletes webhooks with all that they were told.
 *
 * @internal
 */
final class WebhookRemoval {

  public function __construct(
    private readonly WebhookStore $webhooks,
    private readonly DeliveryStore $deliveries,
  ) {}

  /**
   * Deletes one.
   */
  public function one(int $id): void {
    $this->webhooks->delete($id);
    $this->deliveries->deleteOf($id);
  }

  /**
   * Deletes those of an agent, or of a dispatch key.
   */
  public function of(WebhookSubject $subject): void {
    foreach ($this->webhooks->of($subject) as $webhook) {
      $this->one($webhook->id);
    }
  }

}
