<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Webhook;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Webhook\Webhook;
use Drupal\background_agents\Webhook\WebhookSecrets;
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
  public function buildForm(array $form, FormStateInterface $form_state, ?Agent $background_agents_agent = NULL, string $webhook = ''): array {
    assert($background_agents_agent instanceof Agent);
    $this->webhook = self::ofPage($this->webhooks, $background_agents_agent, $webhook);
    $secret = $form_state->get('secret');
    return is_string($secret) ? $form + $this->shownSecret($secret, $this->webhook->agent) : parent::buildForm($form, $form_state);
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
    return self::listUrl($this->webhook->agent);
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $form_state->set('secret', $this->secrets->rotate($this->webhook->id))->setRebuild();
    $this->logger->notice('The webhook of agent %agent to %host has a new secret.', [
      '%agent' => $this->webhook->agent,
      '%host' => self::host($this->webhook->url),
    ]);
    $this->messenger()->addStatus($this->t('The webhook has a new secret.'));
  }

}
