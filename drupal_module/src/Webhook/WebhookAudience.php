<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Key\KeyRights;
use Drupal\background_agents\Key\KeyState;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Of which runs webhooks are told: those of a key of what it may see.
 *
 * It is asked when a message is born, and again each time it is handed out.
 *
 * @internal
 */
final class WebhookAudience {

  private const string REVOKED = 'The dispatch key was revoked.';
  private const string EXPIRED = 'The dispatch key has expired.';
  private const string OWNER = 'The owner of the dispatch key is blocked, or may not have keys any more.';
  private const string RUN = 'The dispatch key may not see this run any more.';

  public function __construct(
    private readonly KeyRights $rights,
    private readonly DeliveryStore $deliveries,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Those that are told of a run.
   *
   * @param \Drupal\background_agents\Webhook\Webhook[] $webhooks
   *   Webhooks of its agent, and of the key by which it was asked for.
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   *
   * @return \Drupal\background_agents\Webhook\Webhook[]
   *   The ones among them.
   */
  public function of(array $webhooks, Run $run): array {
    $keys = array_unique(array_filter(array_map(static fn (Webhook $webhook): string => $webhook->key, $webhooks)));
    // There is one key, or none: that of the run.
    $may = array_map(fn (string $key): bool => $this->rights->state($key) === KeyState::Good && $this->rights->own($key, [$run]) !== [], array_combine($keys, $keys));
    return array_filter($webhooks, static fn (Webhook $webhook): bool => $may[$webhook->key] ?? TRUE);
  }

  /**
   * Leaves what may still be sent, and gives up the rest, saying why.
   *
   * @param \Drupal\background_agents\Webhook\Webhook $webhook
   *   The webhook.
   * @param \Drupal\background_agents\Webhook\Delivery[] $due
   *   What is due to it.
   *
   * @return \Drupal\background_agents\Webhook\Delivery[]
   *   What is left.
   */
  public function still(Webhook $webhook, array $due): array {
    if ($webhook->key === '' || $due === []) {
      return $due;
    }
    $why = match ($this->rights->state($webhook->key)) {
      KeyState::Good => NULL,
      KeyState::Revoked => self::REVOKED,
      KeyState::Expired => self::EXPIRED,
      KeyState::OwnerMayNot => self::OWNER,
    };
    if ($why !== NULL) {
      $this->deliveries->giveUp($webhook->id, $why);
      return [];
    }
    $runs = $this->entityTypeManager->getStorage('background_agents_run')->loadMultiple(array_filter(array_map(static fn (Delivery $delivery): ?int => $delivery->run, $due)));
    $own = $this->rights->own($webhook->key, $runs);
    // A test tells of no run.
    $isHidden = static fn (Delivery $delivery): bool => $delivery->run !== NULL && !isset($own[$delivery->run]);
    foreach (array_filter($due, $isHidden) as $hidden) {
      $this->deliveries->giveUp($webhook->id, self::RUN, $hidden->id);
    }
    return array_values(array_filter($due, static fn (Delivery $delivery): bool => !$isHidden($delivery)));
  }

}
