<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Agent\AgentId;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityForm;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Form\FormStateInterface;

/**
 * Makes a second agent that does what another one does.
 *
 * Everything is the same but its name and its account, which it gets on its
 * first run: the role is part of what is copied. Triggers are not copied.
 *
 * @internal
 */
final class AgentCloneForm extends EntityForm {

  /**
   * {@inheritdoc}
   */
  protected function prepareEntity(): void {
    if (!$this->entity->isNew()) {
      $this->entity = $this->entity->createDuplicate();
    }
  }

  /**
   * {@inheritdoc}
   */
  public function form(array $form, FormStateInterface $form_state): array {
    $form = parent::form($form, $form_state);
    $form['about'] = [
      '#markup' => '<p>' . $this->t('The new agent has the same task, model, limits, content, role and rules. It gets an account of its own. Triggers are not copied, so only people and programs start it at first.') . '</p>',
    ];
    $form['label'] = [
      '#type' => 'textfield',
      '#title' => $this->t('Name'),
      '#default_value' => $this->t('@label (copy)', ['@label' => mb_substr((string) $this->entity->label(), 0, 240)]),
      '#maxlength' => 255,
      '#required' => TRUE,
    ];
    $form['id'] = AgentId::element();
    return $form;
  }

  /**
   * {@inheritdoc}
   */
  protected function copyFormValuesToEntity(EntityInterface $entity, array $form, FormStateInterface $form_state): void {
    assert($entity instanceof Agent);
    $entity->set('label', trim((string) $form_state->getValue('label')));
    $entity->set('id', (string) $form_state->getValue('id'));
  }

  /**
   * {@inheritdoc}
   */
  protected function actions(array $form, FormStateInterface $form_state): array {
    $actions = parent::actions($form, $form_state);
    $actions['submit']['#value'] = $this->t('Clone');
    unset($actions['delete']);
    return $actions;
  }

  /**
   * {@inheritdoc}
   */
  public function save(array $form, FormStateInterface $form_state): int {
    $result = $this->entity->save();
    $this->messenger()->addStatus($this->t('The agent %label has been added.', ['%label' => $this->entity->label()]));
    $form_state->setRedirectUrl($this->entity->toUrl('edit-form'));
    return $result;
  }

}
