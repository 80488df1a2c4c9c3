<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Key\KeyRights;
use Drupal\background_agents\Key\KeyState;
use Drupal\background_agents\Key\KeyStore;
use Drupal\background_agents\Ui\CardTable;
use Drupal\background_agents\Ui\WebhookText;
use Drupal\background_agents\Webhook\Delivery;
use Drupal\background_agents\Webhook\DeliveryStore;
use Drupal\background_agents\Webhook\Webhook;
use Drupal\background_agents\Webhook\WebhookEvent;
use Drupal\background_agents\Webhook\WebhookStore;
use Drupal\background_agents\Webhook\WebhookSubject;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Routing\RouteMatchInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * The webhooks of an agent or a dispatch key, with what came of the last try.
 *
 * @internal
 */
final class WebhookListController implements ContainerInjectionInterface {

  use AutowireTrait;
  use StringTranslationTrait;

  public function __construct(
    private readonly WebhookStore $webhooks,
    private readonly DeliveryStore $deliveries,
    private readonly WebhookText $text,
    private readonly KeyStore $keys,
    private readonly KeyRights $rights,
  ) {}

  /**
   * The list.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function list(RouteMatchInterface $page): array {
    $subject = WebhookSubject::ofPage($page);
    $webhooks = $this->webhooks->of($subject);
    $state = $this->rights->ofWebhook($subject->key);
    $mayChange = $subject->page('add')->access();
    $last = $this->deliveries->lastTried(array_map(static fn (Webhook $webhook): int => $webhook->id, $webhooks));
    return [
      '#cache' => ['max-age' => 0],
      '#attached' => ['library' => ['background_agents/admin']],
      'about' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#value' => $subject->key === ''
          ? $this->t('A webhook tells a program at another address what comes of the runs of this agent. Each message is signed, and sent again for a day until the address takes it.')
          : $this->t('A webhook tells a program at another address what comes of the runs that are started with this key, as long as the key is good. Each message is signed, and sent again for a day until the address takes it.'),
      ],
      'table' => CardTable::of([
        '#type' => 'table',
        '#header' => [
          $this->t('Address'),
          $this->t('Told when'),
          $this->t('State'),
          $this->t('Last attempt'),
          $this->t('Operations'),
        ],
        '#rows' => array_map(fn (Webhook $webhook): array => $this->row($webhook, $last[$webhook->id] ?? NULL, $state, $this->links($subject, $webhook, $mayChange)), $webhooks),
        '#empty' => $this->t('Nobody is told yet.'),
      ], $this->t('Webhooks')),
    ];
  }

  /**
   * The title of the list of a key.
   */
  public function keyTitle(string $dispatch_key): TranslatableMarkup {
    return $this->t('Webhooks of the key @name', ['@name' => $this->keys->load($dispatch_key)?->name]);
  }

  private function row(Webhook $webhook, ?Delivery $last, KeyState $state, array $links): array {
    $events = array_filter(array_map(WebhookEvent::tryFrom(...), $webhook->events));
    return [
      ['data' => ['#plain_text' => $webhook->url], 'class' => ['ba-break']],
      ['data' => ['#plain_text' => implode(', ', array_map($this->text->event(...), $events))]],
      $this->text->state($webhook, $state),
      ['data' => ['#plain_text' => $last === NULL ? (string) $this->t('None yet') : $this->text->last($last)]],
      ['data' => ['#theme' => 'links', '#links' => $links, '#attributes' => ['class' => ['ba-links']]]],
    ];
  }

  private function links(WebhookSubject $subject, Webhook $webhook, bool $mayChange): array {
    $titles = array_filter([
      'deliveries' => $this->t('Deliveries'),
      'edit' => $mayChange ? $this->t('Edit') : NULL,
      'secret' => $mayChange ? $this->t('New secret') : NULL,
      'delete' => $this->t('Delete'),
    ]);
    $links = [];
    foreach ($titles as $page => $title) {
      $links[$page] = [
        'title' => $title,
        'url' => $subject->page($page, $webhook->id),
        'attributes' => [
          'aria-label' => $this->t('@action: webhook to @url', ['@action' => $title, '@url' => $webhook->url]),
        ],
      ];
    }
    return $links;
  }

}
