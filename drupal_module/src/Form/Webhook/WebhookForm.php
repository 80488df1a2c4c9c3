<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Webhook;

use Drupal\background_agents\Ui\WebhookText;
use Drupal\background_agents\Webhook\Webhook;
use Drupal\background_agents\Webhook\WebhookAddress;
use Drupal\background_agents\Webhook\WebhookSecrets;
use Drupal\background_agents\Webhook\WebhookStore;
use Drupal\background_agents\Webhook\WebhookSubject;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Routing\RouteMatchInterface;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Adds a webhook to an agent or to a dispatch key, or changes one.
 *
 * @internal
 */
final class WebhookForm extends FormBase {

  use AutowireTrait;
  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;
  use WebhookOfPageTrait;

  private const int MOST_OF_KEY = 10;

  /**
   * The webhook that is changed; NULL: a new one.
   */
  private ?Webhook $webhook = NULL;

  public function __construct(
    private readonly WebhookStore $webhooks,
    private readonly WebhookSecrets $secrets,
    private readonly WebhookText $text,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_webhook';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?RouteMatchInterface $page = NULL, ?string $webhook = NULL): array {
    assert($page instanceof RouteMatchInterface);
    $this->subject = WebhookSubject::ofPage($page);
    $this->webhook = $webhook === NULL ? NULL : self::ofPage($this->webhooks, $this->subject, $webhook);
    $secret = $form_state->get('secret');
    if (is_string($secret)) {
      return $form + $this->shownSecret($secret);
    }
    $form['url'] = [
      '#type' => 'url',
      '#title' => $this->t('Address'),
      '#description' => $this->subject->key === ''
        ? $this->t('Where messages are posted to, as in https://example.com/hooks/agents. Addresses of a private network work where the setting allowed_private_hosts of the sidecar names their host.')
        : $this->t('Where messages are posted to, as in https://example.com/hooks/agents. It has to be an address of the public internet, unless whoever runs the sidecar has allowed its host for dispatch keys.'),
      '#maxlength' => WebhookAddress::MOST,
      '#required' => TRUE,
      '#default_value' => $this->webhook?->url,
    ];
    $form['events'] = [
      '#type' => 'checkboxes',
      '#title' => $this->t('Told when'),
      '#options' => $this->text->choices(),
      '#required' => TRUE,
      '#default_value' => $this->webhook === NULL ? array_keys($this->text->choices()) : $this->webhook->events,
    ];
    $form['is_on'] = [
      '#type' => 'checkbox',
      '#title' => $this->t('On'),
      '#default_value' => $this->webhook === NULL || $this->webhook->isOn,
      '#access' => $this->webhook !== NULL,
    ];
    $form['actions'] = [
      '#type' => 'actions',
      'submit' => ['#type' => 'submit', '#value' => $this->t('Save'), '#button_type' => 'primary'],
    ];
    return $form;
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    if (!$this->webhooks->isThere()) {
      $form_state->setErrorByName('', $this->t('The updates of this site have not been run since the module was updated. Ask an administrator to run them.'));
    }
    if (isset($form['url']) && !$form_state->getError($form['url']) && !WebhookAddress::isUsable((string) $form_state->getValue('url'))) {
      $form_state->setErrorByName('url', $this->t('Give an address that begins with https:// or http://, in ASCII, without a name, a password or a fragment (#).'));
    }
    if (isset($form['url']) && $this->webhook === NULL && $this->subject->key !== '' && count($this->webhooks->of($this->subject)) >= self::MOST_OF_KEY) {
      $form_state->setErrorByName('', $this->t('A dispatch key has up to @count webhooks. Delete one that is not used any more.', ['@count' => self::MOST_OF_KEY]));
    }
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $url = trim((string) $form_state->getValue('url'));
    $events = array_values(array_filter($form_state->getValue('events')));
    // Not the whole address: it may hold a secret of the receiver's.
    $context = $this->context($url);
    if ($this->webhook !== NULL) {
      $this->webhooks->change($this->webhook->id, $url, $events, (bool) $form_state->getValue('is_on'));
      $this->logger->notice('The webhook of %subject to %host was changed.', $context);
      $this->messenger()->addStatus($this->t('The webhook has been saved.'));
      $form_state->setRedirectUrl($this->subject->list());
      return;
    }
    $secret = $this->secrets->make();
    $this->webhooks->add($this->subject, $url, $events, $secret);
    $this->logger->notice('A webhook of %subject to %host was added.', $context);
    $this->messenger()->addStatus($this->t('The webhook has been added.'));
    $form_state->set('secret', $secret)->setRebuild();
  }

}
