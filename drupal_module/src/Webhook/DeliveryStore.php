<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

use Drupal\background_agents\Sidecar\PushQueue;
use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Database\Statement\FetchAs;

/**
 * The rows of deliveries. All SQL of their table.
 *
 * @internal
 */
final class DeliveryStore {

  private const TABLE = 'background_agents_delivery';

  public function __construct(
    private readonly Connection $database,
    private readonly SiteIdentity $identity,
    private readonly PushQueue $push,
    private readonly WebhookStore $webhooks,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Keeps what a webhook is to be told, in the transaction of its cause.
   *
   * @param int $webhook
   *   Number of the webhook.
   * @param \Drupal\background_agents\Webhook\WebhookEvent $event
   *   What it is.
   * @param int|null $run
   *   Numeric id of the run.
   * @param string $body
   *   The document.
   */
  public function add(int $webhook, WebhookEvent $event, ?int $run, string $body): void {
    $now = $this->time->getCurrentTime();
    $this->database->insert(self::TABLE)->fields([
      'message' => 'msg_' . bin2hex(random_bytes(16)),
      'webhook' => $webhook,
      'run' => $run,
      'event' => $event->value,
      'body' => $body,
      'state' => DeliveryState::Waiting->value,
      'next_at' => $event === WebhookEvent::Test ? 0 : $now,
      'created' => $now,
    ])->execute();
    // Unless this is the sidecar's request: its answer says so.
    $this->push->setWebhooks(TRUE);
  }

  /**
   * Numbers of webhooks of this site that nobody sends to and that have to be.
   *
   * @return int[]
   *   Those of which the oldest message waits first.
   */
  public function dueWebhooks(int $limit): array {
    if (!$this->webhooks->isThere()) {
      return [];
    }
    $query = $this->dueOf($this->database->select(self::TABLE, 'd'));
    $query->addField('d', 'webhook');
    $query->addExpression('MIN(d.id)', 'first');
    return array_map(intval(...), $query->groupBy('d.webhook')->orderBy('first')->range(0, $limit)->execute()->fetchCol());
  }

  /**
   * Whether anything of this site has to be sent now.
   */
  public function isAnyDue(): bool {
    return $this->webhooks->isThere() && $this->dueOf($this->database->select(self::TABLE, 'd')->fields('d', ['id']))->range(0, 1)->execute()->fetchField();
  }

  /**
   * The same, for an answer to the sidecar: it need not be told once more.
   */
  public function tellDue(): bool {
    $this->push->setWebhooks(FALSE);
    return $this->isAnyDue();
  }

  /**
   * What a webhook is to be sent now, the oldest first.
   *
   * @return Delivery[]
   */
  public function dueTo(int $webhook, int $limit): array {
    // Its row was leased a moment ago: that is not asked again.
    return $this->deliveries($this->due($this->database->select(self::TABLE, 'd')->fields('d'))->condition('d.webhook', $webhook)->orderBy('d.id')->range(0, $limit));
  }

  /**
   * The delivery with this webhook-id; NULL: it is not there any more.
   */
  public function byMessage(string $message): ?Delivery {
    return $this->deliveries($this->database->select(self::TABLE, 'd')->fields('d')->condition('message', $message))[0] ?? NULL;
  }

  /**
   * What a webhook was told, the newest first.
   *
   * @return Delivery[]
   */
  public function newest(int $webhook, int $offset, int $limit): array {
    return $this->deliveries($this->database->select(self::TABLE, 'd')->fields('d')->condition('webhook', $webhook)->orderBy('id', 'DESC')->range($offset, $limit));
  }

  /**
   * The newest delivery of each webhook that was tried.
   *
   * @param int[] $webhooks
   *   Numbers of webhooks.
   *
   * @return array<int, Delivery>
   *   By number of the webhook.
   */
  public function lastTried(array $webhooks): array {
    if ($webhooks === []) {
      return [];
    }
    $newest = $this->database->select(self::TABLE, 'n')->condition('n.webhook', $webhooks, 'IN')->isNotNull('n.tried')->groupBy('n.webhook');
    $newest->addExpression('MAX(n.id)');
    $found = $this->deliveries($this->database->select(self::TABLE, 'd')->fields('d')->condition('id', $newest, 'IN'));
    return array_combine(array_map(static fn (Delivery $delivery): int => $delivery->webhook, $found), $found);
  }

  /**
   * Notes what came of an attempt.
   *
   * @param \Drupal\background_agents\Webhook\Delivery $delivery
   *   The delivery as it was.
   * @param \Drupal\background_agents\Webhook\DeliveryState $state
   *   Where it is now.
   * @param \Drupal\background_agents\Webhook\DeliveryResult $result
   *   What came of it.
   * @param int|null $nextAt
   *   Unix time of the next attempt, and from when a failure is the last one.
   * @param int|null $expires
   *   Unix time from which a failure is the last one.
   */
  public function tried(Delivery $delivery, DeliveryState $state, DeliveryResult $result, ?int $nextAt = NULL, ?int $expires = NULL): void {
    $this->database->update(self::TABLE)->fields([
      'state' => $state->value,
      'attempts' => $delivery->attempts + 1,
      'tried' => $this->time->getCurrentTime(),
      'code' => $result->code,
      'answer' => $result->answer,
      'error' => $result->error,
      'next_at' => $nextAt ?? $delivery->nextAt,
      'expires' => $expires ?? $delivery->expires,
    ])->condition('id', $delivery->id)->execute();
  }

  /**
   * Lets all that waits for a receiver that is down be given up at a time.
   */
  public function expireWaiting(int $webhook, int $at): void {
    $this->database->update(self::TABLE)->fields(['expires' => $at])
      ->condition('webhook', $webhook)->condition('state', DeliveryState::Waiting->value)->isNull('expires')->execute();
  }

  /**
   * Gives up what waits for a webhook that is not sent it any more.
   *
   * @param int $webhook
   *   Number of the webhook.
   * @param string $why
   *   What is shown of it.
   * @param int|null $delivery
   *   Number of the delivery; NULL: all.
   */
  public function giveUp(int $webhook, string $why, ?int $delivery = NULL): void {
    $update = $this->database->update(self::TABLE)->fields(['state' => DeliveryState::GivenUp->value, 'error' => $why])
      ->condition('webhook', $webhook)->condition('state', DeliveryState::Waiting->value);
    ($delivery === NULL ? $update : $update->condition('id', $delivery))->execute();
  }

  /**
   * Has a delivery sent again at once, by the same webhook-id.
   *
   * @return bool
   *   FALSE when this webhook has none with that number.
   */
  public function again(int $webhook, int $id): bool {
    $this->push->setWebhooks(TRUE);
    return (bool) $this->database->update(self::TABLE)
      ->fields(['state' => DeliveryState::Waiting->value, 'next_at' => 0, 'expires' => NULL])
      ->condition('webhook', $webhook)->condition('id', $id)->execute();
  }

  /**
   * Deletes what belongs to some runs.
   *
   * @param int[] $runs
   *   Numeric ids.
   */
  public function deleteOfRuns(array $runs): void {
    if ($runs !== [] && $this->webhooks->isThere()) {
      $this->database->delete(self::TABLE)->condition('run', $runs, 'IN')->execute();
    }
  }

  /**
   * Deletes what belongs to a webhook.
   */
  public function deleteOf(int $webhook): void {
    $this->database->delete(self::TABLE)->condition('webhook', $webhook)->execute();
  }

  /**
   * Deletes what was sent or given up, and is older than a time.
   */
  public function deleteBefore(int $time): void {
    if ($this->webhooks->isThere()) {
      $this->database->delete(self::TABLE)->condition('created', $time, '<')->condition('state', DeliveryState::Waiting->value, '<>')->execute();
    }
  }

  /**
   * Leaves what is due to webhooks of this site that nobody sends to.
   */
  private function dueOf(SelectInterface $query): SelectInterface {
    $own = $this->identity->document();
    return $this->due($query)
      ->condition('w.site', $own['site'])
      ->condition('w.base_url', $own['base_url'])
      ->condition('w.leased_until', $this->time->getCurrentTime(), '<=');
  }

  /**
   * Leaves what is due: what a person asked for, also when the webhook rests.
   */
  private function due(SelectInterface $query): SelectInterface {
    $now = $this->time->getCurrentTime();
    $query->innerJoin(WebhookStore::TABLE, 'w', 'w.id = d.webhook');
    $byTime = $query->andConditionGroup()->condition('d.next_at', $now, '<=')->condition('w.hold_until', $now, '<=')->condition('w.is_on', 1);
    return $query->condition('d.state', DeliveryState::Waiting->value)->condition($query->orConditionGroup()->condition('d.next_at', 0)->condition($byTime));
  }

  /**
   * Reads rows.
   *
   * @return Delivery[]
   */
  private function deliveries(SelectInterface $query): array {
    return array_map(Delivery::fromRow(...), $query->execute()->fetchAll(FetchAs::Associative));
  }

}
