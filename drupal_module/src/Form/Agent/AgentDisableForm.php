<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Agent\StartsOfAgent;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Entity\EntityConfirmFormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * Asks before an agent is disabled, and says what goes on and what does not.
 *
 * @internal
 */
final class AgentDisableForm extends EntityConfirmFormBase {

  use AutowireTrait;
  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  public function __construct(
    private readonly StartsOfAgent $starts,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getQuestion(): TranslatableMarkup {
    return $this->t('Disable the agent %label?', ['%label' => $this->entity->label()]);
  }

  /**
   * {@inheritdoc}
   */
  public function getDescription(): TranslatableMarkup {
    return $this->t('Nothing starts it any more: no person, trigger, model of ECA, program or other agent. Its drafts stay.');
  }

  /**
   * {@inheritdoc}
   */
  public function getConfirmText(): TranslatableMarkup {
    return $this->t('Disable');
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
    $triggers = $this->starts->triggers($agent);
    $agents = $this->starts->agents($agent);
    $runs = $this->starts->openRuns($agent);
    $items = array_filter([
      $triggers === [] ? NULL : $this->t('These triggers start nothing while it is disabled: @names', ['@names' => implode(', ', $triggers)]),
      $agents === [] ? NULL : $this->t('These agents go on without it: @names', ['@names' => implode(', ', $agents)]),
      $runs === 0 ? NULL : $this->formatPlural($runs, 'A run that has begun or waits goes on to its end. Cancel it on its page if it shall not.', '@count runs that have begun or wait go on to their end. Cancel them on their pages if they shall not.'),
    ]);
    return parent::buildForm([
      'what' => ['#theme' => 'item_list', '#items' => $items, '#access' => $items !== [], '#weight' => 5],
    ] + $form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $agent = $this->entity;
    assert($agent instanceof Agent);
    $agent->disable()->save();
    $this->messenger()->addStatus($this->t('The agent %label is disabled.', ['%label' => $agent->label()]));
    $form_state->setRedirectUrl($this->getCancelUrl());
  }

}
