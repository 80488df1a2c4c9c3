<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Key\KeyState;
use Drupal\background_agents\Webhook\Delivery;
use Drupal\background_agents\Webhook\DeliveryState;
use Drupal\background_agents\Webhook\Webhook;
use Drupal\background_agents\Webhook\WebhookEvent;
use Drupal\background_agents\Webhook\WebhookStore;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Webhooks and their deliveries in words.
 *
 * @internal
 */
final class WebhookText {

  use StringTranslationTrait;

  /**
   * Characters of an answer in a list.
   */
  private const int ANSWER = 200;

  public function __construct(
    private readonly WebhookStore $webhooks,
    private readonly DateFormatterInterface $dates,
    private readonly TimeInterface $time,
  ) {}

  /**
   * What one can choose, by value.
   *
   * @return array<string, \Drupal\Core\StringTranslation\TranslatableMarkup>
   */
  public function choices(): array {
    $events = WebhookEvent::choices();
    return array_combine(array_column($events, 'value'), array_map($this->event(...), $events));
  }

  /**
   * What is told.
   */
  public function event(WebhookEvent $event): TranslatableMarkup {
    return match ($event) {
      WebhookEvent::DraftReady => $this->t('Drafts are ready'),
      WebhookEvent::RunFinished => $this->t('Run has finished'),
      WebhookEvent::RunFailed => $this->t('Run has failed'),
      WebhookEvent::RunQuestion => $this->t('Run asks a question'),
      WebhookEvent::Test => $this->t('Test'),
    };
  }

  /**
   * Whether a webhook is told anything now, and why not.
   *
   * @param \Drupal\background_agents\Webhook\Webhook $webhook
   *   The webhook.
   * @param \Drupal\background_agents\Key\KeyState $key
   *   State of the key that it belongs to; Good, when it is an agent's.
   */
  public function state(Webhook $webhook, KeyState $key): TranslatableMarkup {
    return match (TRUE) {
      $key === KeyState::Revoked => $this->t('Off: the dispatch key was revoked.'),
      $key === KeyState::Expired => $this->t('Off: the dispatch key has expired.'),
      $key === KeyState::OwnerMayNot => $this->t('Off: the owner of the dispatch key is blocked, or may not have keys any more.'),
      !$this->webhooks->isOfThisSite($webhook) => $this->t('Off: it belongs to the site @site. Save it to use it here.', ['@site' => $webhook->baseUrl ?: $webhook->site]),
      $webhook->isOn && $webhook->holdUntil > $this->time->getCurrentTime() => $this->t('On; the receiver does not take anything, next attempt @time', ['@time' => $this->dates->format($webhook->holdUntil, 'short')]),
      $webhook->isOn => $this->t('On'),
      $webhook->offReason === Webhook::GONE => $this->t('Off: the receiver answered that it wants nothing any more.'),
      default => $this->t('Off'),
    };
  }

  /**
   * Where a delivery is.
   */
  public function delivery(Delivery $delivery): TranslatableMarkup {
    return match (TRUE) {
      $delivery->state === DeliveryState::Sent => $this->t('Sent'),
      $delivery->state === DeliveryState::GivenUp => $this->t('Given up'),
      $delivery->attempts === 0 => $this->t('Waiting'),
      $delivery->nextAt === 0 => $this->t('Waiting to be sent again'),
      default => $this->t('Waiting, next attempt @time', ['@time' => $this->dates->format($delivery->nextAt, 'short')]),
    };
  }

  /**
   * What the receiver answered, or why there was no answer; empty: not tried.
   */
  public function result(Delivery $delivery): string {
    if ($delivery->tried === NULL) {
      return $delivery->error;
    }
    $text = mb_strimwidth(trim((string) preg_replace('/\s+/u', ' ', $delivery->answer)), 0, self::ANSWER, '…');
    return trim(($delivery->code === NULL ? '' : "$delivery->code ") . ($delivery->error === '' ? $text : $delivery->error));
  }

  /**
   * The last attempt in a line.
   */
  public function last(Delivery $delivery): string {
    return trim($this->time($delivery->tried) . ': ' . $this->delivery($delivery) . '. ' . $this->result($delivery));
  }

  /**
   * A time in a list; empty: none.
   */
  public function time(?int $time): string {
    return $time === NULL ? '' : $this->dates->format($time, 'short');
  }

}
