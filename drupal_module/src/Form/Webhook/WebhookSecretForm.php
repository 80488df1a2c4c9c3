<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Webhook;

use Drupal\background_agents\Webhook\Webhook;
use Drupal\background_agents\Webhook\WebhookSecrets;
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
 * Gives a webhook a new secret, and shows it once.
 *
 * @internal
 */
final class WebhookSecretForm extends ConfirmFormBase {

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
    private readonly WebhookSecrets $secrets,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_webhook_secret';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?RouteMatchInterface $page = NULL, string $webhook = ''): array {
    assert($page instanceof RouteMatchInterface);
    $this->subject = WebhookSubject::ofPage($page);
    $this->webhook = self::ofPage($this->webhooks, $this->subject, $webhook);
    $secret = $form_state->get('secret');
    return is_string($secret) ? $form + $this->shownSecret($secret) : parent::buildForm($form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function getQuestion(): TranslatableMarkup {
    return $this->t('Make a new secret for the webhook to @host?', ['@host' => self::host($this->webhook->url)]);
  }

  /**
   * {@inheritdoc}
   */
  public function getDescription(): TranslatableMarkup {
    return $this->t('For 24 hours messages are signed with the present secret, too, so that the receiver can be changed meanwhile. A secret before the present one ends at once.');
  }

  /**
   * {@inheritdoc}
   */
  public function getConfirmText(): TranslatableMarkup {
    return $this->t('Make new secret');
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
    $form_state->set('secret', $this->secrets->rotate($this->webhook->id))->setRebuild();
    $this->logger->notice('The webhook of %subject to %host has a new secret.', $this->context($this->webhook->url));
    $this->messenger()->addStatus($this->t('The webhook has a new secret.'));
  }

}
