<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca\Plugin\ECA\Condition;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\ItemRuns;
use Drupal\background_agents_eca\RunTokens;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\eca\Attribute\EcaCondition;
use Drupal\eca\Plugin\ECA\Condition\ConditionBase;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Whether an agent is at work on an item, in its language.
 *
 * @internal
 */
#[EcaCondition(
  id: 'background_agents_at_work',
  label: new TranslatableMarkup('Background agent: agent is at work on this item'),
  description: new TranslatableMarkup('Checks whether a run that has not ended was started for an item, or has left a draft on it. Of translated content only runs of its language count, and those that name none.'),
  version_introduced: '1.0.0',
)]
class AtWorkCondition extends ConditionBase {

  /**
   * Finds runs by their item.
   */
  protected ItemRuns $itemRuns;

  /**
   * Names the agents.
   */
  protected RunTokens $runTokens;

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    $instance = parent::create($container, $configuration, $plugin_id, $plugin_definition);
    $instance->itemRuns = $container->get(ItemRuns::class);
    $instance->runTokens = $container->get(RunTokens::class);
    return $instance;
  }

  /**
   * {@inheritdoc}
   */
  public function evaluate(): bool {
    $item = $this->tokenService->getTokenData((string) $this->configuration['entity']);
    $agent = (string) $this->configuration['agent'];
    $runs = $item instanceof ContentEntityInterface && !$item->isNew() ? $this->itemRuns->atWork($item) : [];
    $found = array_filter($runs, static fn (Run $run): bool => $agent === '' || $agent === $run->getAgentId());
    return $this->negationCheck($found !== []);
  }

  /**
   * {@inheritdoc}
   */
  public function defaultConfiguration(): array {
    return ['entity' => 'entity', 'agent' => ''] + parent::defaultConfiguration();
  }

  /**
   * {@inheritdoc}
   */
  public function buildConfigurationForm(array $form, FormStateInterface $form_state): array {
    $form['entity'] = [
      '#type' => 'textfield',
      '#title' => $this->t('Token of the content'),
      '#default_value' => $this->configuration['entity'],
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
    return parent::buildConfigurationForm($form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function submitConfigurationForm(array &$form, FormStateInterface $form_state): void {
    $this->configuration['entity'] = trim((string) $form_state->getValue('entity'));
    $this->configuration['agent'] = (string) $form_state->getValue('agent');
    parent::submitConfigurationForm($form, $form_state);
  }

}
