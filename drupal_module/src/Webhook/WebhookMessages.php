<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Notice\NoticeText;
use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Url;

/**
 * The documents that webhooks are sent, as in the contract `webhook`.
 *
 * They name no person, and hold no content: what a reader may see of a run is
 * behind the links, where access is asked.
 *
 * @internal
 */
final class WebhookMessages {

  /**
   * Drafts that a message lists.
   */
  private const int DRAFTS = 50;

  public function __construct(
    private readonly NoticeText $text,
    private readonly SiteIdentity $identity,
    private readonly TimeInterface $time,
  ) {}

  /**
   * What is told of a run.
   *
   * @param \Drupal\background_agents\Webhook\WebhookEvent $event
   *   What is told.
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run as it is now.
   * @param array<string, mixed> $more
   *   More members of `data`.
   */
  public function ofRun(WebhookEvent $event, Run $run, array $more = []): string {
    return $this->message($event, $run->getAgentId(), ['run' => $this->run($run)] + $more);
  }

  /**
   * A message that tells nothing.
   *
   * @param string|null $agent
   *   Id of the agent; NULL: the webhook is a dispatch key's.
   */
  public function test(?string $agent): string {
    return $this->message(WebhookEvent::Test, $agent, []);
  }

  /**
   * The drafts of a run as a message lists them.
   *
   * @param \Drupal\background_agents\Entity\Change[] $changes
   *   All of them.
   *
   * @return array{drafts: array, drafts_total: int}
   */
  public function drafts(array $changes): array {
    return [
      'drafts' => array_map(fn (Change $change): array => [
        'uuid' => $change->uuid(),
        'operation' => $change->getOperation(),
        'entity_type' => $change->getTargetEntityTypeId(),
        'entity' => $change->getTargetUuid(),
        'url' => $this->text->absolute($change->toUrl('canonical')),
      ], array_slice($changes, 0, self::DRAFTS)),
      'drafts_total' => count($changes),
    ];
  }

  private function message(WebhookEvent $event, ?string $agent, array $more): string {
    return Json::encode([
      'type' => $event->value,
      'timestamp' => Json::time($this->time->getCurrentTime()),
      'data' => ['site' => $this->identity->id(), 'agent' => $agent] + $more,
    ]);
  }

  private function run(Run $run): array {
    $started = $run->getStartedTime();
    $finished = $run->getFinishedTime();
    return [
      'uuid' => $run->uuid(),
      'state' => $run->getState()->value,
      'reason' => $run->getReason(),
      'message' => $run->getMessage(),
      'trigger' => $run->getTriggerType(),
      'generation' => $run->getGeneration(),
      'parent' => $run->getParentUuid(),
      'created' => Json::time($run->getCreatedTime()),
      'started' => $started === NULL ? NULL : Json::time($started),
      'finished' => $finished === NULL ? NULL : Json::time($finished),
      'usage' => $run->getUsage(),
      'url' => $this->text->absolute($run->toUrl('canonical')),
      'api_url' => $this->text->absolute(Url::fromRoute('background_agents.runs.show', ['uuid' => $run->uuid()])),
    ];
  }

}
