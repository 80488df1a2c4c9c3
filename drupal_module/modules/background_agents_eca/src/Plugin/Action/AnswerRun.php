<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca\Plugin\Action;

use Drupal\background_agents\Run\RunData;
use Drupal\Core\Action\Attribute\Action;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\eca\Attribute\EcaAction;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Answers what a run asks.
 *
 * @internal
 */
#[Action(
  id: 'background_agents_answer',
  label: new TranslatableMarkup("Background agent: answer a run's question"),
)]
#[EcaAction(
  description: new TranslatableMarkup('Answers the question that a run waits for. The account that the model acts as has to be allowed to manage the run.'),
  version_introduced: '1.0.0',
)]
class AnswerRun extends CommandActionBase {

  /**
   * Tells what a run waits for.
   */
  protected RunData $data;

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    $instance = parent::create($container, $configuration, $plugin_id, $plugin_definition);
    $instance->data = $container->get(RunData::class);
    return $instance;
  }

  /**
   * {@inheritdoc}
   */
  public function defaultConfiguration(): array {
    return ['decision' => ''] + parent::defaultConfiguration();
  }

  /**
   * {@inheritdoc}
   */
  public function buildConfigurationForm(array $form, FormStateInterface $form_state): array {
    $form['decision'] = [
      '#type' => 'select',
      '#title' => $this->t('Answer'),
      '#description' => $this->t('A run asks whether a tool has done its work, or whether it may do or use something: see [question:kind].'),
      '#options' => [
        'approve' => $this->t('Approve'),
        'reject' => $this->t('Reject'),
        'done' => $this->t('It was done'),
        'again' => $this->t('Do it again'),
        'give_up' => $this->t('Leave it'),
      ],
      '#empty_option' => $this->t('- Select -'),
      '#empty_value' => '',
      '#default_value' => $this->configuration['decision'],
      '#required' => TRUE,
      '#weight' => -20,
    ];
    return parent::buildConfigurationForm($form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  protected function decide(): void {
    $asked = $this->data->read((int) $this->run()?->id())['waiting']?->data ?? NULL;
    if (!is_string($asked->id ?? NULL)) {
      throw new \InvalidArgumentException('The run asks nothing now.');
    }
    $decision = (string) $this->configuration['decision'];
    $usual = ($asked->question->kind ?? '') === 'in_doubt' ? ['done', 'again', 'give_up'] : ['approve', 'reject'];
    $choices = (array) ($asked->question->choices ?? []) ?: $usual;
    if (!in_array($decision, $choices, TRUE)) {
      throw new \InvalidArgumentException('The question takes one of these answers: ' . implode(', ', $choices) . '.');
    }
    $this->give('decide', ['id' => $asked->id, 'decision' => $decision]);
  }

}
