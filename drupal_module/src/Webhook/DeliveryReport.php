<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

use Drupal\background_agents\Database\Transactions;
use Drupal\Component\Datetime\TimeInterface;

/**
 * Takes in what came of messages, and decides when each is sent again.
 *
 * @internal
 */
final class DeliveryReport {

  private const string GONE = 'The receiver answered 410: it wants nothing any more.';

  public function __construct(
    private readonly Transactions $transactions,
    private readonly WebhookStore $webhooks,
    private readonly DeliveryStore $deliveries,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Takes in a report, as in the contract `webhook`.
   */
  public function take(\stdClass $report): void {
    $this->transactions->run(function () use ($report): void {
      $webhook = $this->webhooks->lock((int) $report->webhook);
      if ($webhook === NULL) {
        return;
      }
      $holds = hash_equals($webhook->leasedBy, $report->lease);
      foreach ($report->results as $result) {
        $this->takeOne((int) $report->webhook, $result->id, DeliveryResult::fromDocument($result), $holds);
      }
      $this->webhooks->release($webhook->id, $report->lease);
    });
  }

  private function takeOne(int $webhook, string $message, DeliveryResult $result, bool $holds): void {
    $delivery = $this->deliveries->byMessage($message);
    if ($delivery?->webhook !== $webhook || $delivery->state === DeliveryState::Sent) {
      return;
    }
    if ($result->isTaken()) {
      // Also by a sender that was late: it was taken.
      $this->deliveries->tried($delivery, DeliveryState::Sent, $result);
      $this->webhooks->answered($webhook);
    }
    elseif ($holds && $delivery->state === DeliveryState::Waiting) {
      $this->failed($this->webhooks->load($webhook), $delivery, $result);
    }
  }

  private function failed(?Webhook $webhook, Delivery $delivery, DeliveryResult $result): void {
    if ($webhook === NULL) {
      return;
    }
    if ($delivery->event === WebhookEvent::Test) {
      $this->deliveries->tried($delivery, DeliveryState::GivenUp, $result);
      return;
    }
    if ($result->isGone()) {
      $this->deliveries->tried($delivery, DeliveryState::GivenUp, $result);
      $this->webhooks->switchOff($webhook->id);
      $this->deliveries->giveUp($webhook->id, self::GONE);
      return;
    }
    $now = $this->time->getCurrentTime();
    $failures = $result->isDown() ? $webhook->failures : $delivery->attempts;
    $next = $now + RetryDelays::after($failures + 1, $result->retryAfter, random_int(0, 1000) / 1000);
    $expires = $delivery->expires ?? $now + RetryDelays::DAY;
    $state = $now >= $expires || !$webhook->isOn ? DeliveryState::GivenUp : DeliveryState::Waiting;
    $this->deliveries->tried($delivery, $state, $result, min($next, $expires), $expires);
    if ($result->isDown() && $webhook->isOn) {
      // All that waits for it would fail, too: it waits with it, in its order.
      $this->webhooks->hold($webhook->id, $webhook->failures + 1, $next);
      $this->deliveries->expireWaiting($webhook->id, $now + RetryDelays::DAY);
    }
  }

}
