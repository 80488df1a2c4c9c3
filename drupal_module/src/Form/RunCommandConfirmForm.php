<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\ConfirmFormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Exception\ProblemException;
use Drupal\background_agents\RunCommands;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Asks before a run is cancelled or retried.
 */
final class RunCommandConfirmForm extends ConfirmFormBase {

  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  private Run $run;

  private string $command = 'cancel';

  public function __construct(
    private readonly RunCommands $commands,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container): static {
    return new self($container->get(RunCommands::class));
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
      '#access' => $command === 'cancel',
    ];
    return parent::buildForm($form, $form_state);
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
      ? $this->t('The agent begins anew, as it is configured now. It revises its own drafts instead of making second ones; drafts that an editor has touched stay as they are.')
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
    try {
      $run = $this->commands->give($this->run, $this->command, (int) $this->currentUser()->id(), $note === '' ? [] : ['note' => $note]);
      $this->messenger()->addStatus($this->command === 'retry' ? $this->t('The run begins anew.') : ($run->isFinal() ? $this->t('The run is cancelled.') : $this->t('The run was told to stop.')));
    }
    catch (ProblemException $exception) {
      $this->messenger()->addError($this->t('@text', ['@text' => $exception->getMessage()]));
    }
    $form_state->setRedirectUrl($this->getCancelUrl());
  }

}
