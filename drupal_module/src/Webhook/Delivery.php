<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

/**
 * One message of a webhook, and how far it has come.
 *
 * @internal
 */
final readonly class Delivery {

  /**
   * Constructs a Delivery object.
   *
   * @param int $id
   *   Its number.
   * @param string $message
   *   The webhook-id: the same however often it is sent.
   * @param int $webhook
   *   Number of its webhook.
   * @param int|null $run
   *   Numeric id of the run that it tells of.
   * @param \Drupal\background_agents\Webhook\WebhookEvent $event
   *   What it tells.
   * @param string $body
   *   The document as it is sent.
   * @param \Drupal\background_agents\Webhook\DeliveryState $state
   *   Where it is.
   * @param int $attempts
   *   How often it was sent.
   * @param int $nextAt
   *   Unix time of the next attempt; 0: at once.
   * @param int|null $expires
   *   Unix time from which a failure is the last one.
   * @param int $created
   *   Unix time of its cause.
   * @param int|null $tried
   *   Unix time of the last attempt.
   * @param int|null $code
   *   HTTP status of the last answer.
   * @param string $answer
   *   How the last answer began.
   * @param string $error
   *   Why the last attempt got no answer.
   */
  private function __construct(
    public int $id,
    public string $message,
    public int $webhook,
    public ?int $run,
    public WebhookEvent $event,
    public string $body,
    public DeliveryState $state,
    public int $attempts,
    public int $nextAt,
    public ?int $expires,
    public int $created,
    public ?int $tried,
    public ?int $code,
    public string $answer,
    public string $error,
  ) {}

  /**
   * Makes it of a row of the database, whose numbers may be strings.
   *
   * @param array<string, int|string|null> $row
   *   Values by column.
   */
  public static function fromRow(array $row): self {
    $number = static fn (string $column): ?int => $row[$column] === NULL ? NULL : (int) $row[$column];
    return new self(
      (int) $row['id'],
      $row['message'],
      (int) $row['webhook'],
      $number('run'),
      WebhookEvent::from($row['event']),
      $row['body'],
      DeliveryState::from($row['state']),
      (int) $row['attempts'],
      (int) $row['next_at'],
      $number('expires'),
      (int) $row['created'],
      $number('tried'),
      $number('code'),
      (string) $row['answer'],
      $row['error'],
    );
  }

}
