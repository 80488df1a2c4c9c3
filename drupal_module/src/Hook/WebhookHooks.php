<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Webhook\WebhookNews;
use Drupal\background_agents\Webhook\WebhookRemoval;
use Drupal\background_agents\Webhook\WebhookSubject;
use Drupal\Core\Hook\Attribute\Hook;

/**
 * Tells webhooks of runs that were refused, and deletes them with their agent.
 *
 * @internal
 */
final class WebhookHooks {

  public function __construct(
    private readonly WebhookNews $news,
    private readonly WebhookRemoval $removal,
  ) {}

  /**
   * Implements hook_ENTITY_TYPE_insert().
   *
   * A run that was refused is made as a failed one, and ends no more.
   */
  #[Hook('background_agents_run_insert')]
  public function refused(Run $run): void {
    if ($run->isFinal()) {
      $this->news->ended($run->getAgentId(), (int) $run->id());
    }
  }

  /**
   * Implements hook_ENTITY_TYPE_delete().
   */
  #[Hook('background_agents_agent_delete')]
  public function agentDeleted(Agent $agent): void {
    $this->removal->of(WebhookSubject::agent((string) $agent->id()));
  }

}
