<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Webhook;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Webhook\DeliveryStore;
use Drupal\background_agents\Webhook\Webhook;
use Drupal\background_agents\Webhook\WebhookStore;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\ConfirmFormBase;
use Drupal\Core\Form\FormStateInterface;
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
    private readonly DeliveryStore $deliveries,
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
  public function buildForm(array $form, FormStateInterface $form_state, ?Agent $background_agents_agent = NULL, string $webhook = ''): array {
    assert($background_agents_agent instanceof Agent);
    $this->webhook = self::ofPage($this->webhooks, $background_agents_agent, $webhook);
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
    return self::listUrl($this->webhook->agent);
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $this->webhooks->delete($this->webhook->id);
    $this->deliveries->deleteOf($this->webhook->id);
    $this->logger->notice('The webhook of agent %agent to %host was deleted.', [
      '%agent' => $this->webhook->agent,
      '%host' => self::host($this->webhook->url),
    ]);
    $this->messenger()->addStatus($this->t('The webhook has been deleted.'));
    $form_state->setRedirectUrl($this->getCancelUrl());
  }

}
