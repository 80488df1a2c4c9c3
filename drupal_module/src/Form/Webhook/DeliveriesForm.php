<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Webhook;

use Drupal\background_agents\Key\KeyRights;
use Drupal\background_agents\Ui\PageLinks;
use Drupal\background_agents\Ui\WebhookText;
use Drupal\background_agents\Ui\WideTable;
use Drupal\background_agents\Webhook\Delivery;
use Drupal\background_agents\Webhook\DeliveryStore;
use Drupal\background_agents\Webhook\Webhook;
use Drupal\background_agents\Webhook\WebhookNews;
use Drupal\background_agents\Webhook\WebhookStore;
use Drupal\background_agents\Webhook\WebhookSubject;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Routing\RouteMatchInterface;
use Drupal\Core\Url;

/**
 * What a webhook was told and what came of it; sends again, or a test.
 *
 * @internal
 */
final class DeliveriesForm extends FormBase {

  use AutowireTrait;
  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;
  use WebhookOfPageTrait;

  private const int ROWS = 50;

  /**
   * The webhook of the page.
   */
  private Webhook $webhook;

  public function __construct(
    private readonly WebhookStore $webhooks,
    private readonly DeliveryStore $deliveries,
    private readonly WebhookNews $news,
    private readonly WebhookText $text,
    private readonly PageLinks $links,
    private readonly KeyRights $rights,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_deliveries';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?RouteMatchInterface $page = NULL, string $webhook = ''): array {
    assert($page instanceof RouteMatchInterface);
    $this->subject = WebhookSubject::ofPage($page);
    $this->webhook = self::ofPage($this->webhooks, $this->subject, $webhook);
    $found = $this->deliveries->newest($this->webhook->id, $this->links->offset(self::ROWS), self::ROWS + 1);
    // Who may not change it does not send, either.
    $maySend = $this->subject->page('edit', $this->webhook->id)->access();
    $form['#attached']['library'][] = 'background_agents/admin';
    $form['#cache']['max-age'] = 0;
    $form['about'] = [
      '#type' => 'html_tag',
      '#tag' => 'p',
      '#attributes' => ['class' => ['ba-break']],
      'text' => ['#plain_text' => $this->webhook->url . ' – ' . $this->text->state($this->webhook, $this->rights->ofWebhook($this->subject->key))],
    ];
    $form['test'] = [
      '#type' => 'submit',
      '#value' => $this->t('Send test'),
      '#submit' => ['::sendTest'],
      '#access' => $maySend,
    ];
    $form['table'] = $this->table($this->links->page($found, self::ROWS), $maySend);
    $form['pager'] = $this->links->build();
    $form['back'] = [
      '#type' => 'link',
      '#title' => $this->subject->key === '' ? $this->t('All webhooks of this agent') : $this->t('All webhooks of this key'),
      '#url' => $this->subject->list(),
    ];
    return $form;
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $id = $form_state->getTriggeringElement()['#delivery'] ?? NULL;
    if (is_int($id) && $this->deliveries->again($this->webhook->id, $id)) {
      $this->messenger()->addStatus($this->t('It is sent again in a few seconds. Load this page anew to see what came of it.'));
    }
  }

  /**
   * Has a test message sent.
   */
  public function sendTest(array &$form, FormStateInterface $form_state): void {
    $this->news->test($this->webhook);
    $this->messenger()->addStatus($this->t('A test message is sent in a few seconds. Load this page anew to see what came of it.'));
  }

  /**
   * The table.
   *
   * @param \Drupal\background_agents\Webhook\Delivery[] $deliveries
   *   What is shown.
   * @param bool $maySend
   *   Whether they can be sent again.
   *
   * @return array<string, mixed>
   *   A form element.
   */
  private function table(array $deliveries, bool $maySend): array {
    $header = array_filter([
      'time' => $this->t('Time'),
      'event' => $this->t('Told'),
      'state' => $this->t('State'),
      'attempts' => $this->t('Attempts'),
      'tried' => $this->t('Last attempt'),
      'result' => $this->t('Answer'),
      'again' => $maySend ? $this->t('Operations') : NULL,
    ]);
    $table = [
      '#type' => 'table',
      '#header' => $header,
      '#empty' => $this->t('Nothing was told yet.'),
      '#attributes' => ['class' => ['ba-cards']],
    ];
    foreach ($deliveries as $delivery) {
      foreach (array_intersect_key($this->cells($delivery), $header) as $name => $cell) {
        $wrapper = ['data-label' => $header[$name], 'class' => ['ba-break']];
        $table[$delivery->id][$name] = $cell + ['#wrapper_attributes' => $wrapper];
      }
    }
    return WideTable::of($table, $this->t('Deliveries'));
  }

  private function cells(Delivery $delivery): array {
    return [
      'time' => ['#plain_text' => $this->text->time($delivery->created)],
      'event' => $delivery->run === NULL ? ['#plain_text' => (string) $this->text->event($delivery->event)] : [
        '#type' => 'link',
        '#title' => $this->text->event($delivery->event),
        '#url' => Url::fromRoute('entity.background_agents_run.canonical', ['background_agents_run' => $delivery->run]),
      ],
      'state' => ['#plain_text' => (string) $this->text->delivery($delivery)],
      'attempts' => ['#plain_text' => (string) $delivery->attempts],
      'tried' => ['#plain_text' => $this->text->time($delivery->tried)],
      'result' => ['#plain_text' => $this->text->result($delivery)],
      'again' => [
        '#type' => 'submit',
        '#value' => $this->t('Send again'),
        '#name' => "again_$delivery->id",
        '#delivery' => $delivery->id,
        '#attributes' => [
          'class' => ['button--small'],
          'aria-label' => $this->t('Send again: @event of @time', [
            '@event' => $this->text->event($delivery->event),
            '@time' => $this->text->time($delivery->created),
          ]),
        ],
      ],
    ];
  }

}
