<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Webhook;

use Drupal\background_agents\Webhook\Webhook;
use Drupal\background_agents\Webhook\WebhookRemoval;
use Drupal\background_agents\Webhook\WebhookStore;
use Drupal\background_agents\Webhook\WebhookSubject;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\ConfirmFormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Routing\RouteMatchInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Deletes a webhook with its deliveries.
 *
 * @internal
 */
final class WebhookDeleteForm extends ConfirmFormBase {

  use AutowireTrait;
  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;
  use WebhookOfPageTrait;

  /**
   * The webhook of the page.
   */
  private Webhook $webhook;

  public function __construct(
    private readonly WebhookStore $webhooks,
    private readonly WebhookRemoval $removal,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_webhook_delete';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?RouteMatchInterface $page = NULL, string $webhook = ''): array {
    assert($page instanceof RouteMatchInterface);
    $this->subject = WebhookSubject::ofPage($page);
    $this->webhook = self::ofPage($this->webhooks, $this->subject, $webhook);
    return parent::buildForm($form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function getQuestion(): TranslatableMarkup {
    return $this->t('Delete the webhook to @host?', ['@host' => self::host($this->webhook->url)]);
  }

  /**
   * {@inheritdoc}
   */
  public function getDescription(): TranslatableMarkup {
    return $this->t('What waits to be sent to it is not sent, and the list of its deliveries is deleted. This action cannot be undone.');
  }

  /**
   * {@inheritdoc}
   */
  public function getConfirmText(): TranslatableMarkup {
    return $this->t('Delete');
  }

  /**
   * {@inheritdoc}
   */
  public function getCancelUrl(): Url {
    return $this->subject->list();
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $this->removal->one($this->webhook->id);
    $this->logger->notice('The webhook of %subject to %host was deleted.', $this->context($this->webhook->url));
    $this->messenger()->addStatus($this->t('The webhook has been deleted.'));
    $form_state->setRedirectUrl($this->getCancelUrl());
  }

}
