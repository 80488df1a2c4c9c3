<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Agent\KnownGaps;
use Drupal\background_agents\Agent\StartsOfAgent;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Entity\EntityConfirmFormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * Asks before an agent is enabled, and says what will start it.
 *
 * @internal
 */
final class AgentEnableForm extends EntityConfirmFormBase {

  use AutowireTrait;
  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  public function __construct(
    private readonly StartsOfAgent $starts,
    private readonly AgentAccounts $accounts,
    private readonly KnownGaps $gaps,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getQuestion(): TranslatableMarkup {
    return $this->t('Enable the agent %label?', ['%label' => $this->entity->label()]);
  }

  /**
   * {@inheritdoc}
   */
  public function getDescription(): TranslatableMarkup {
    $agent = $this->entity;
    assert($agent instanceof Agent);
    $triggers = $this->starts->triggers($agent);
    return $triggers === []
      ? $this->t('People and programs that may run it can start it. No trigger does.')
      : $this->t('People and programs that may run it can start it, and these triggers do from now on: @names', ['@names' => implode(', ', $triggers)]);
  }

  /**
   * {@inheritdoc}
   */
  public function getConfirmText(): TranslatableMarkup {
    return $this->t('Enable');
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
  public function buildForm(array $form, FormStateInterface $form_state): array {
    $agent = $this->entity;
    assert($agent instanceof Agent);
    $missing = [...$this->accounts->validate($agent), ...$this->gaps->of($agent)];
    return parent::buildForm([
      'missing' => [
        '#theme' => 'status_messages',
        '#message_list' => ['warning' => array_map(fn (string|\Stringable $text) => $this->t('@text', ['@text' => $text]), $missing)],
        '#status_headings' => ['warning' => $this->t('What is missing before this agent can work')],
        '#weight' => -100,
        '#access' => $missing !== [],
      ],
    ] + $form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    $agent = $this->entity;
    assert($agent instanceof Agent);
    foreach ($agent->aiAgentProblems() as $problem) {
      $form_state->setErrorByName('', $this->t('It cannot be enabled. @problem', ['@problem' => $problem]));
    }
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $agent = $this->entity;
    assert($agent instanceof Agent);
    $agent->enable()->save();
    $this->messenger()->addStatus($this->t('The agent %label is enabled.', ['%label' => $agent->label()]));
    $form_state->setRedirectUrl($this->getCancelUrl());
  }

}
