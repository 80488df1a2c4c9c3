<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Webhook\DeliveryHandOut;
use Drupal\background_agents\Webhook\WebhookEvent;
use Drupal\background_agents\Webhook\WebhookSecrets;
use Drupal\background_agents\Webhook\WebhookStore;
use Drupal\background_agents\Webhook\WebhookSubject;

/**
 * Webhooks are added, handed out to the sidecar, and hear of reports.
 *
 * The constant URL of a test is the address of its receiver.
 */
trait WebhookWork {

  /**
   * Adds a webhook.
   *
   * @param \Drupal\background_agents\Webhook\WebhookSubject $subject
   *   Whose it is.
   * @param \Drupal\background_agents\Webhook\WebhookEvent[]|null $events
   *   What it is told; NULL: all that can be chosen.
   */
  private function addWebhook(WebhookSubject $subject, ?array $events = NULL): int {
    return \Drupal::service(WebhookStore::class)->add($subject, self::URL, array_column($events ?? WebhookEvent::choices(), 'value'), \Drupal::service(WebhookSecrets::class)->make());
  }

  /**
   * What the sidecar gets when it asks.
   *
   * @return \stdClass[]|array<array<string, mixed>>
   *   The webhooks with their messages.
   */
  private function handOut(): array {
    $answer = \Drupal::service(DeliveryHandOut::class)->take();
    $this->assertSame([], (new Contracts())->errors(json_decode(json_encode($answer)), 'webhook#/$defs/claimed'));
    return $answer['webhooks'];
  }

  /**
   * The events of a run as the sidecar reports them.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param int $seq
   *   The number of the first one.
   * @param array<array{string, array<string, mixed>}> $events
   *   Type and data of each.
   */
  private function reported(Run $run, int $seq, array $events): \stdClass {
    foreach ($events as $at => [$type, $data]) {
      $event = ['seq' => $seq + $at, 'type' => $type, 'time' => '2026-09-21T14:13:20.000000Z', 'data' => $data];
      $events[$at] = $event + ['hash' => md5(json_encode($event))];
    }
    return json_decode(json_encode(['run' => $run->uuid(), 'attempt' => 1, 'generation' => 1, 'events' => $events]));
  }

}
