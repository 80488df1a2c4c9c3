<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

/**
 * Where a program is told what comes of runs. Not its secret.
 *
 * @internal
 */
final readonly class Webhook {

  public const string GONE = 'gone';

  /**
   * Column of the key, which is not there before the update that brings it.
   */
  public const string KEY = 'dispatch_key';

  /**
   * Constructs a Webhook object.
   *
   * @param int $id
   *   Its number.
   * @param string $agent
   *   Id of the agent whose runs it is told of; empty: it is a key's.
   * @param string $key
   *   Id of the dispatch key whose runs it is told of; empty: an agent's.
   * @param string $url
   *   The address.
   * @param string[] $events
   *   Values of WebhookEvent.
   * @param bool $isOn
   *   Whether it is told anything.
   * @param string $offReason
   *   GONE, when the receiver said so; empty: a person switched it.
   * @param int $oldUntil
   *   Unix time until which the secret before signs, too.
   * @param int $failures
   *   How often in a row the receiver could not take anything.
   * @param int $holdUntil
   *   Unix time until which nothing is sent to it.
   * @param string $leasedBy
   *   Token of who sends to it now, or did last.
   * @param string $site
   *   Id of the site that it was saved on.
   * @param string $baseUrl
   *   Base URL of that site by its settings.
   */
  private function __construct(
    public int $id,
    public string $agent,
    public string $key,
    public string $url,
    public array $events,
    public bool $isOn,
    public string $offReason,
    public int $oldUntil,
    public int $failures,
    public int $holdUntil,
    public string $leasedBy,
    public string $site,
    public string $baseUrl,
  ) {}

  /**
   * Columns that fromRow() takes.
   */
  public const array COLUMNS = [
    'id',
    'agent',
    self::KEY,
    'url',
    'events',
    'is_on',
    'off_reason',
    'old_until',
    'failures',
    'hold_until',
    'leased_by',
    'site',
    'base_url',
  ];

  /**
   * Makes it of a row of the database, whose numbers may be strings.
   *
   * @param array<string, int|string> $row
   *   Values by column.
   */
  public static function fromRow(array $row): self {
    return new self(
      (int) $row['id'],
      $row['agent'],
      $row[self::KEY] ?? '',
      $row['url'],
      (array) json_decode($row['events'], TRUE),
      (bool) $row['is_on'],
      $row['off_reason'],
      (int) $row['old_until'],
      (int) $row['failures'],
      (int) $row['hold_until'],
      $row['leased_by'],
      $row['site'],
      $row['base_url'],
    );
  }

  /**
   * Whether it is to be told of this.
   */
  public function wants(WebhookEvent $event): bool {
    return in_array($event->value, $this->events, TRUE);
  }

}
