<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Key;

use Drupal\background_agents\Key\DispatchKey;
use Drupal\background_agents\Key\KeyStore;
use Drupal\background_agents\Key\PersonKeys;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\ConfirmFormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * Asks before a dispatch key is revoked.
 *
 * @internal
 */
final class RevokeKeyForm extends ConfirmFormBase {

  use AutowireTrait;
  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  /**
   * The key that is revoked; NULL: it is gone.
   */
  private ?DispatchKey $key = NULL;

  public function __construct(
    private readonly KeyStore $keys,
    private readonly PersonKeys $personKeys,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_revoke_key';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, string $dispatch_key = ''): array {
    $this->key = $this->keys->load($dispatch_key);
    return parent::buildForm($form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function getQuestion(): TranslatableMarkup {
    return $this->t('Revoke the key %name?', ['%name' => $this->key?->name]);
  }

  /**
   * {@inheritdoc}
   */
  public function getDescription(): TranslatableMarkup {
    return $this->t('The program that has it is let in no more, at once. Webhooks of the key are deleted. Runs that it asked for go on.');
  }

  /**
   * {@inheritdoc}
   */
  public function getConfirmText(): TranslatableMarkup {
    return $this->t('Revoke');
  }

  /**
   * {@inheritdoc}
   */
  public function getCancelUrl(): Url {
    return Url::fromRoute('background_agents.dispatch_keys', ['user' => $this->key->uid ?? $this->currentUser()->id()]);
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    if ($this->key !== NULL) {
      $this->personKeys->revoke($this->key, (int) $this->currentUser()->id());
      $this->messenger()->addStatus($this->t('The key %name has been revoked.', ['%name' => $this->key->name]));
    }
    $form_state->setRedirectUrl($this->getCancelUrl());
  }

}
