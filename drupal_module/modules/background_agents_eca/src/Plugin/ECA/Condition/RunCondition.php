<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca\Plugin\ECA\Condition;

use Drupal\background_agents\Entity\RunFields;
use Drupal\background_agents_eca\RunTokens;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\eca\Attribute\EcaCondition;
use Drupal\eca\Plugin\ECA\Condition\ConditionBase;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Whose run it is, and in which state it is now.
 *
 * @internal
 */
#[EcaCondition(
  id: 'background_agents_run',
  label: new TranslatableMarkup('Background agent: agent and state of a run'),
  description: new TranslatableMarkup('Checks which agent a run is of, and in which state it is now.'),
  version_introduced: '1.0.0',
)]
class RunCondition extends ConditionBase {

  /**
   * Finds runs by tokens.
   */
  protected RunTokens $runTokens;

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    $instance = parent::create($container, $configuration, $plugin_id, $plugin_definition);
    $instance->runTokens = $container->get(RunTokens::class);
    return $instance;
  }

  /**
   * {@inheritdoc}
   */
  public function evaluate(): bool {
    $run = $this->runTokens->find($this->tokenService->getTokenData((string) $this->configuration['run']));
    if ($run === NULL) {
      return $this->negationCheck(FALSE);
    }
    $agent = (string) $this->configuration['agent'];
    $state = (string) $this->configuration['state'];
    return $this->negationCheck(($agent === '' || $agent === $run->getAgentId()) && ($state === '' || $state === $run->getState()->value));
  }

  /**
   * {@inheritdoc}
   */
  public function defaultConfiguration(): array {
    return ['run' => 'run', 'agent' => '', 'state' => ''] + parent::defaultConfiguration();
  }

  /**
   * {@inheritdoc}
   */
  public function buildConfigurationForm(array $form, FormStateInterface $form_state): array {
    $form['run'] = [
      '#type' => 'textfield',
      '#title' => $this->t('Token of the run'),
      '#description' => $this->t('<em>run</em> in models that start with an event of background agents; else the token that the action "Dispatch background agent" filled.'),
      '#default_value' => $this->configuration['run'],
      '#required' => TRUE,
      '#weight' => -30,
      '#eca_token_reference' => TRUE,
    ];
    $form['agent'] = [
      '#type' => 'select',
      '#title' => $this->t('Agent'),
      '#options' => $this->runTokens->agents(),
      '#empty_option' => $this->t('- Any -'),
      '#empty_value' => '',
      '#default_value' => $this->configuration['agent'],
      '#weight' => -20,
    ];
    $form['state'] = [
      '#type' => 'select',
      '#title' => $this->t('State'),
      '#options' => RunFields::stateLabels(),
      '#empty_option' => $this->t('- Any -'),
      '#empty_value' => '',
      '#default_value' => $this->configuration['state'],
      '#weight' => -10,
    ];
    return parent::buildConfigurationForm($form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function submitConfigurationForm(array &$form, FormStateInterface $form_state): void {
    $this->configuration['run'] = trim((string) $form_state->getValue('run'));
    $this->configuration['agent'] = (string) $form_state->getValue('agent');
    $this->configuration['state'] = (string) $form_state->getValue('state');
    parent::submitConfigurationForm($form, $form_state);
  }

}
