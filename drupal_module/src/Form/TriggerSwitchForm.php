<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Ui\TriggerText;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Entity\EntityConfirmFormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * Asks before a trigger is enabled or disabled.
 *
 * @internal
 */
final class TriggerSwitchForm extends EntityConfirmFormBase {

  use AutowireTrait;
  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  public function __construct(
    private readonly TriggerText $text,
  ) {}

  private function enables(): bool {
    return $this->operation === 'enable';
  }

  private function trigger(): Trigger {
    $trigger = $this->entity;
    assert($trigger instanceof Trigger);
    return $trigger;
  }

  /**
   * {@inheritdoc}
   */
  public function getQuestion(): TranslatableMarkup {
    $label = ['%label' => $this->entity->label()];
    return $this->enables() ? $this->t('Enable the trigger %label?', $label) : $this->t('Disable the trigger %label?', $label);
  }

  /**
   * {@inheritdoc}
   */
  public function getDescription(): TranslatableMarkup {
    return $this->enables()
      ? $this->t('From now on it starts its agent @when.', ['@when' => $this->text->rule($this->trigger())])
      : $this->t('It starts nothing any more. Runs that have begun go on.');
  }

  /**
   * {@inheritdoc}
   */
  public function getConfirmText(): TranslatableMarkup {
    return $this->enables() ? $this->t('Enable') : $this->t('Disable');
  }

  /**
   * {@inheritdoc}
   */
  public function getCancelUrl(): Url {
    return $this->entity->toUrl('collection');
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $this->trigger()->setStatus($this->enables())->save();
    $label = ['%label' => $this->entity->label()];
    $this->messenger()->addStatus($this->enables() ? $this->t('The trigger %label is enabled.', $label) : $this->t('The trigger %label is disabled.', $label));
    $form_state->setRedirectUrl($this->getCancelUrl());
  }

}
