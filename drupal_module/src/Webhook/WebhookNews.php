<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

use Drupal\background_agents\Draft\ItemChanges;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunStore;

/**
 * Notes what webhooks are to be told, in the transaction of its cause.
 *
 * Nothing is sent here: the sidecar fetches what waits.
 *
 * @internal
 */
final class WebhookNews {

  public function __construct(
    private readonly WebhookStore $webhooks,
    private readonly WebhookAudience $audience,
    private readonly DeliveryStore $deliveries,
    private readonly WebhookMessages $messages,
    private readonly RunStore $runs,
    private readonly ItemChanges $changes,
  ) {}

  /**
   * A run has ended: that, and which drafts it left.
   */
  public function ended(string $agent, int $run): void {
    $told = $this->webhooks->toldOf($agent, $run);
    $ended = $told === [] ? NULL : $this->runs->load($run);
    // Who tries an agent looks at the page of the run.
    if ($ended === NULL || $ended->isDryRun()) {
      return;
    }
    $told = $this->audience->of($told, $ended);
    $this->tell($told, $ended->getState() === RunState::Completed ? WebhookEvent::RunFinished : WebhookEvent::RunFailed, $ended, static fn (): array => []);
    $drafts = self::wanting($told, WebhookEvent::DraftReady) === [] ? [] : $this->changes->pendingOf($run);
    if ($drafts !== []) {
      $this->tell($told, WebhookEvent::DraftReady, $ended, fn (): array => $this->messages->drafts($drafts));
    }
  }

  /**
   * A run asks a person something.
   */
  public function asks(string $agent, int $run, string $question, ?string $expires): void {
    $told = $this->webhooks->toldOf($agent, $run);
    $asking = $told === [] ? NULL : $this->runs->load($run);
    if ($asking !== NULL && !$asking->isDryRun()) {
      $asked = ['id' => $question, 'expires' => $expires];
      $this->tell($this->audience->of($told, $asking), WebhookEvent::RunQuestion, $asking, static fn (): array => ['question' => $asked]);
    }
  }

  /**
   * A person wants to see whether a webhook works.
   */
  public function test(Webhook $webhook): void {
    $this->deliveries->add($webhook->id, WebhookEvent::Test, NULL, $this->messages->test($webhook->key === '' ? $webhook->agent : NULL));
  }

  /**
   * Tells those who want it.
   *
   * @param Webhook[] $webhooks
   *   Webhooks that are told of the run.
   * @param \Drupal\background_agents\Webhook\WebhookEvent $event
   *   What it is.
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param callable(): array<string, mixed> $more
   *   More members of the message.
   */
  private function tell(array $webhooks, WebhookEvent $event, Run $run, callable $more): void {
    $body = NULL;
    foreach (self::wanting($webhooks, $event) as $webhook) {
      $body ??= $this->messages->ofRun($event, $run, $more());
      $this->deliveries->add($webhook->id, $event, (int) $run->id(), $body);
    }
  }

  /**
   * Those that are to be told of this.
   *
   * @param Webhook[] $webhooks
   *   Webhooks.
   * @param \Drupal\background_agents\Webhook\WebhookEvent $event
   *   What it is.
   *
   * @return Webhook[]
   */
  private static function wanting(array $webhooks, WebhookEvent $event): array {
    return array_filter($webhooks, static fn (Webhook $webhook): bool => $webhook->wants($event));
  }

}
