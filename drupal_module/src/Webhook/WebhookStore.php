<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Database\Statement\FetchAs;

/**
 * The rows of webhooks. All SQL of their table but that of their secrets.
 *
 * @internal
 */
final class WebhookStore {

  public const string TABLE = 'background_agents_webhook';

  /**
   * Seconds for which a webhook is one sender's.
   */
  public const int LEASE_SECONDS = 120;

  /**
   * Whether the tables are there: not before the update that makes them.
   */
  private ?bool $isThere = NULL;

  /**
   * Whether they have the keys: not before a later update.
   */
  private ?bool $hasKeys = NULL;

  public function __construct(
    private readonly Connection $database,
    private readonly SiteIdentity $identity,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Keeps a new webhook.
   *
   * @param \Drupal\background_agents\Webhook\WebhookSubject $subject
   *   The agent or key.
   * @param string $url
   *   The address.
   * @param string[] $events
   *   Values of WebhookEvent.
   * @param string $secret
   *   What signs, see WebhookSecrets::make().
   *
   * @return int
   *   Its number.
   */
  public function add(WebhookSubject $subject, string $url, array $events, #[\SensitiveParameter] string $secret): int {
    return (int) $this->database->insert(self::TABLE)->fields([
      'agent' => $subject->agent,
      'url' => $url,
      'events' => Json::encode(array_values($events)),
      'secret' => $secret,
      'created' => $this->time->getCurrentTime(),
    ] + ($subject->key === '' ? [] : [Webhook::KEY => $subject->key]) + $this->identity->document())->execute();
  }

  /**
   * Changes a webhook. From now on it is one of this site, and not on hold.
   *
   * @param int $id
   *   Its number.
   * @param string $url
   *   The address.
   * @param string[] $events
   *   Values of WebhookEvent.
   * @param bool $isOn
   *   Whether it is told anything.
   */
  public function change(int $id, string $url, array $events, bool $isOn): void {
    $this->update($id, [
      'url' => $url,
      'events' => Json::encode(array_values($events)),
      'is_on' => (int) $isOn,
      'off_reason' => '',
      'failures' => 0,
      'hold_until' => 0,
    ] + $this->identity->document());
  }

  /**
   * The webhook with this number; NULL: there is none.
   */
  public function load(int $id): ?Webhook {
    return $this->webhooks(['id' => $id])[0] ?? NULL;
  }

  /**
   * All webhooks of an agent, or of a dispatch key, the oldest first.
   *
   * @return Webhook[]
   *   Also those that are off, or of another site.
   */
  public function of(WebhookSubject $subject): array {
    return match (TRUE) {
      $subject->key === '' => $this->webhooks(['agent' => $subject->agent]),
      $this->hasKeys() => $this->webhooks([Webhook::KEY => $subject->key]),
      default => [],
    };
  }

  /**
   * The webhooks that are told of a run on this site.
   *
   * @param string $agent
   *   Its agent.
   * @param int $run
   *   Its numeric id.
   *
   * @return Webhook[]
   *   Those of its agent, and of the key by which it was asked for.
   */
  public function toldOf(string $agent, int $run): array {
    $key = $this->hasKeys() ? $this->database->select('background_agents_run', 'r')->fields('r', ['via_key'])->condition('r.id', $run) : NULL;
    return array_values(array_filter($this->webhooks(['agent' => $agent], $key), fn (Webhook $webhook): bool => $webhook->isOn && $this->isOfThisSite($webhook)));
  }

  /**
   * Whether it was saved on this site, not on one of which this is a copy.
   */
  public function isOfThisSite(Webhook $webhook): bool {
    return ['site' => $webhook->site, 'base_url' => $webhook->baseUrl] === $this->identity->document();
  }

  /**
   * Whether there is a webhook of this site at all.
   */
  public function isThereAny(): bool {
    $own = $this->identity->document();
    return $this->isThere() && $this->database->select(self::TABLE, 'w')->fields('w', ['id'])
      ->condition('site', $own['site'])->condition('base_url', $own['base_url'])->range(0, 1)->execute()->fetchField();
  }

  /**
   * Takes a webhook for a while, unless another sender has it.
   *
   * @return bool
   *   FALSE when another one was faster.
   */
  public function lease(int $id, string $token): bool {
    $now = $this->time->getCurrentTime();
    return (bool) $this->database->update(self::TABLE)
      ->fields(['leased_by' => $token, 'leased_until' => $now + self::LEASE_SECONDS])
      ->condition('id', $id)->condition('leased_until', $now, '<=')
      ->execute();
  }

  /**
   * Locks the row of a webhook until the end of the transaction.
   */
  public function lock(int $id): ?Webhook {
    return $this->webhooks(['id' => $id], lock: TRUE)[0] ?? NULL;
  }

  /**
   * Lets the next sender have a webhook that this one has.
   */
  public function release(int $id, string $token): void {
    $this->database->update(self::TABLE)->fields(['leased_until' => 0])->condition('id', $id)->condition('leased_by', $token)->execute();
  }

  /**
   * Notes that the receiver took something.
   */
  public function answered(int $id): void {
    $this->update($id, ['failures' => 0, 'hold_until' => 0]);
  }

  /**
   * Notes that the receiver can take nothing until a time.
   */
  public function hold(int $id, int $failures, int $until): void {
    $this->update($id, ['failures' => $failures, 'hold_until' => $until]);
  }

  /**
   * Switches a webhook off because its receiver is gone.
   */
  public function switchOff(int $id): void {
    $this->update($id, ['is_on' => 0, 'off_reason' => Webhook::GONE, 'failures' => 0, 'hold_until' => 0]);
  }

  /**
   * Deletes a webhook. Its deliveries go by DeliveryStore.
   */
  public function delete(int $id): void {
    $this->database->delete(self::TABLE)->condition('id', $id)->execute();
  }

  /**
   * Whether there can be webhooks.
   */
  public function isThere(): bool {
    return $this->isThere = $this->isThere || $this->hasKeys() || $this->database->schema()->tableExists(self::TABLE);
  }

  /**
   * Whether there can be webhooks of keys.
   */
  private function hasKeys(): bool {
    return $this->hasKeys ??= $this->database->schema()->fieldExists(self::TABLE, Webhook::KEY);
  }

  private function update(int $id, array $values): void {
    $this->database->update(self::TABLE)->fields($values)->condition('id', $id)->execute();
  }

  /**
   * Reads rows.
   *
   * @param array<string, int|string> $condition
   *   A value by column.
   * @param \Drupal\Core\Database\Query\SelectInterface|null $key
   *   Finds the id of a key whose webhooks are read, too.
   * @param bool $lock
   *   Whether they are locked until the end of the transaction.
   *
   * @return Webhook[]
   *   The oldest first.
   */
  private function webhooks(array $condition, ?SelectInterface $key = NULL, bool $lock = FALSE): array {
    if (!$this->isThere()) {
      return [];
    }
    $columns = $this->hasKeys() ? Webhook::COLUMNS : array_diff(Webhook::COLUMNS, [Webhook::KEY]);
    $query = $this->database->select(self::TABLE, 'w')->fields('w', $columns)->orderBy('w.id');
    $which = $query->orConditionGroup()->condition('w.' . key($condition), current($condition));
    if ($key !== NULL) {
      $which->condition('w.' . Webhook::KEY, $key, 'IN');
    }
    $query->condition($which);
    return array_map(Webhook::fromRow(...), ($lock ? $query->forUpdate() : $query)->execute()->fetchAll(FetchAs::Associative));
  }

}
