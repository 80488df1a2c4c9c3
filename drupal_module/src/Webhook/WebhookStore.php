<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
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

  public function __construct(
    private readonly Connection $database,
    private readonly SiteIdentity $identity,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Keeps a new webhook.
   *
   * @param string $agent
   *   Id of the agent.
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
  public function add(string $agent, string $url, array $events, #[\SensitiveParameter] string $secret): int {
    return (int) $this->database->insert(self::TABLE)->fields([
      'agent' => $agent,
      'url' => $url,
      'events' => Json::encode(array_values($events)),
      'secret' => $secret,
      'created' => $this->time->getCurrentTime(),
    ] + $this->identity->document())->execute();
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
    return $this->webhooks('id', $id)[0] ?? NULL;
  }

  /**
   * All webhooks of an agent, the oldest first.
   *
   * @return Webhook[]
   *   Also those that are off, or of another site.
   */
  public function ofAgent(string $agent): array {
    return $this->webhooks('agent', $agent);
  }

  /**
   * The webhooks that are told of an agent's runs on this site.
   *
   * @return Webhook[]
   */
  public function toldOf(string $agent): array {
    return array_values(array_filter($this->ofAgent($agent), fn (Webhook $webhook): bool => $webhook->isOn && $this->isOfThisSite($webhook)));
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
    return $this->webhooks('id', $id, TRUE)[0] ?? NULL;
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
    return $this->isThere = $this->isThere || $this->database->schema()->tableExists(self::TABLE);
  }

  private function update(int $id, array $values): void {
    $this->database->update(self::TABLE)->fields($values)->condition('id', $id)->execute();
  }

  /**
   * Reads rows.
   *
   * @return Webhook[]
   */
  private function webhooks(string $column, int|string $value, bool $lock = FALSE): array {
    if (!$this->isThere()) {
      return [];
    }
    $query = $this->database->select(self::TABLE, 'w')->fields('w', Webhook::COLUMNS)->condition($column, $value)->orderBy('id');
    return array_map(Webhook::fromRow(...), ($lock ? $query->forUpdate() : $query)->execute()->fetchAll(FetchAs::Associative));
  }

}
