<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Run\KeptSteps;
use Drupal\background_agents\Run\RunCommands;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\ConfirmFormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Asks before a run is cancelled or retried.
 *
 * @internal
 */
final class RunCommandConfirmForm extends ConfirmFormBase {

  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  /**
   * The run that is commanded.
   */
  private Run $run;

  /**
   * The command that is confirmed.
   */
  private string $command = 'cancel';

  public function __construct(
    private readonly RunCommands $commands,
    private readonly KeptSteps $kept,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container): static {
    return new self($container->get(RunCommands::class), $container->get(KeptSteps::class));
  }

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_run_command';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?Run $background_agents_run = NULL, string $command = 'cancel'): array {
    assert($background_agents_run instanceof Run);
    $this->run = $background_agents_run;
    $this->command = $command;
    $form['note'] = [
      '#type' => 'textfield',
      '#title' => $this->t('Note'),
      '#description' => $this->t('Why, for those who read the history later.'),
      '#maxlength' => 500,
    ];
    if ($command === 'retry') {
      $form += $this->beginnings();
      // Of what was shown: whoever sends it later, or twice, begins no second
      // generation.
      $form['generation'] = ['#type' => 'hidden', '#default_value' => $this->run->getGeneration()];
    }
    return parent::buildForm($form, $form_state);
  }

  /**
   * Where the run can begin: at its beginning, or at a step that is kept.
   */
  private function beginnings(): array {
    $steps = $this->kept->steps((int) $this->run->id(), $this->run->getGeneration());
    $options = [1 => $this->t('The beginning')];
    foreach ($steps->offered() as $step) {
      $tools = implode(', ', $steps->tools($step));
      $options[$step] = $tools === '' ? $this->t('Step @number', ['@number' => $step]) : $this->t('Step @number: @tools', [
        '@number' => $step,
        '@tools' => $tools,
      ]);
    }
    return [
      'from_step' => [
        '#type' => 'radios',
        '#title' => $this->t('Begin from'),
        '#options' => $options,
        '#default_value' => 1,
        '#access' => count($options) > 1,
        '#description' => $this->t('If you choose a step, the run keeps what the earlier steps did: they are not asked or paid for again, and their drafts stay. The model is asked anew at this step.'),
      ],
      'kept' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#value' => $this->t('It begins from the beginning: the run has no step to begin from, or they are not kept any more.'),
        '#access' => count($options) === 1,
      ],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function getQuestion(): TranslatableMarkup {
    $label = ['%agent' => $this->run->getAgentLabel()];
    return $this->command === 'retry' ? $this->t('Retry this run of %agent?', $label) : $this->t('Cancel this run of %agent?', $label);
  }

  /**
   * {@inheritdoc}
   */
  public function getDescription(): TranslatableMarkup {
    return $this->command === 'retry'
      ? $this->t('The agent works as it is configured now. It revises its own drafts instead of making second ones; drafts that an editor has touched stay as they are.')
      : $this->t('The run ends after what it is doing now. Drafts that it has saved stay.');
  }

  /**
   * {@inheritdoc}
   */
  public function getConfirmText(): TranslatableMarkup {
    return $this->command === 'retry' ? $this->t('Retry') : $this->t('Cancel run');
  }

  /**
   * {@inheritdoc}
   */
  public function getCancelText(): TranslatableMarkup {
    return $this->t('Back to the run');
  }

  /**
   * {@inheritdoc}
   */
  public function getCancelUrl(): Url {
    return $this->run->toUrl();
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $note = trim((string) $form_state->getValue('note'));
    $from = max(1, (int) $form_state->getValue('from_step'));
    $data = ($note === '' ? [] : ['note' => $note]) + ($this->command === 'retry' ? [
      'from_step' => $from,
      'id' => 'page-' . (int) $form_state->getValue('generation'),
    ] : []);
    try {
      $run = $this->commands->give($this->run, $this->command, (int) $this->currentUser()->id(), $data);
      $this->messenger()->addStatus($this->command === 'retry' ? ($from > 1 ? $this->t('The run goes on from step @number.', ['@number' => $from]) : $this->t('The run begins anew.')) : ($run->isFinal() ? $this->t('The run is cancelled.') : $this->t('The run was told to stop.')));
    }
    catch (ProblemException $exception) {
      $this->messenger()->addError($this->t('@text', ['@text' => $exception->getMessage()]));
    }
    $form_state->setRedirectUrl($this->getCancelUrl());
  }

}
