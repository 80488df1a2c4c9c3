<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\CardTable;
use Drupal\background_agents\Ui\WebhookText;
use Drupal\background_agents\Webhook\Delivery;
use Drupal\background_agents\Webhook\DeliveryStore;
use Drupal\background_agents\Webhook\Webhook;
use Drupal\background_agents\Webhook\WebhookEvent;
use Drupal\background_agents\Webhook\WebhookStore;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * The webhooks of an agent, each with what came of the last attempt.
 *
 * @internal
 */
final class AgentWebhooksController implements ContainerInjectionInterface {

  use AutowireTrait;
  use StringTranslationTrait;

  public function __construct(
    private readonly WebhookStore $webhooks,
    private readonly DeliveryStore $deliveries,
    private readonly WebhookText $text,
  ) {}

  /**
   * The list.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function list(Agent $background_agents_agent): array {
    $webhooks = $this->webhooks->ofAgent((string) $background_agents_agent->id());
    $last = $this->deliveries->lastTried(array_map(static fn (Webhook $webhook): int => $webhook->id, $webhooks));
    return [
      '#cache' => ['max-age' => 0],
      '#attached' => ['library' => ['background_agents/admin']],
      'about' => ['#markup' => '<p>' . $this->t('A webhook tells a program at another address what comes of the runs of this agent. Each message is signed, and sent again for a day until the address takes it.') . '</p>'],
      'table' => CardTable::of([
        '#type' => 'table',
        '#header' => [
          $this->t('Address'),
          $this->t('Told when'),
          $this->t('State'),
          $this->t('Last attempt'),
          $this->t('Operations'),
        ],
        '#rows' => array_map(fn (Webhook $webhook): array => $this->row($webhook, $last[$webhook->id] ?? NULL), $webhooks),
        '#empty' => $this->t('Nobody is told yet.'),
      ], $this->t('Webhooks')),
    ];
  }

  private function row(Webhook $webhook, ?Delivery $last): array {
    $events = array_filter(array_map(WebhookEvent::tryFrom(...), $webhook->events));
    return [
      ['data' => ['#plain_text' => $webhook->url], 'class' => ['ba-break']],
      ['data' => ['#plain_text' => implode(', ', array_map($this->text->event(...), $events))]],
      $this->text->state($webhook),
      ['data' => ['#plain_text' => $last === NULL ? (string) $this->t('None yet') : $this->text->last($last)]],
      ['data' => ['#theme' => 'links', '#links' => $this->links($webhook), '#attributes' => ['class' => ['ba-links']]]],
    ];
  }

  private function links(Webhook $webhook): array {
    $titles = [
      'webhook_deliveries' => $this->t('Deliveries'),
      'webhook_edit' => $this->t('Edit'),
      'webhook_secret' => $this->t('New secret'),
      'webhook_delete' => $this->t('Delete'),
    ];
    $links = [];
    foreach ($titles as $route => $title) {
      $links[$route] = [
        'title' => $title,
        'url' => Url::fromRoute("background_agents.$route", [
          'background_agents_agent' => $webhook->agent,
          'webhook' => $webhook->id,
        ]),
        'attributes' => [
          'aria-label' => $this->t('@action: webhook to @url', ['@action' => $title, '@url' => $webhook->url]),
        ],
      ];
    }
    return $links;
  }

}
