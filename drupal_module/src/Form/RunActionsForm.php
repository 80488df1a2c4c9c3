<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Run\CommandQueue;
use Drupal\background_agents\Run\RunCommands;
use Drupal\background_agents\Run\RunState;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Url;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Buttons of the page of a run.
 *
 * Pausing and going on happen at once; what cannot be undone asks first.
 *
 * @internal
 */
final class RunActionsForm extends FormBase {

  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  public function __construct(
    private readonly RunCommands $commands,
    private readonly CommandQueue $queue,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container): static {
    return new self($container->get(RunCommands::class), $container->get(CommandQueue::class));
  }

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_run_actions';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?Run $run = NULL): array {
    assert($run instanceof Run);
    $form_state->set('run', $run->id());
    // The form is also built for the live page, whose address is another one.
    $form['#action'] = $run->toUrl()->toString();
    $form['actions'] = ['#type' => 'actions'] + ($run->isFinal() ? $this->ended($run) : $this->open($run));
    $pending = $run->isFinal() ? NULL : $this->queue->pendingCommand((int) $run->id());
    if (in_array($pending, ['cancel', 'pause', 'resume'], TRUE)) {
      $form['pending'] = [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#attributes' => ['class' => ['ba-meta']],
        '#value' => $this->pending($pending),
      ];
    }
    return $form;
  }

  /**
   * Buttons of a run that has not ended.
   */
  private function open(Run $run): array {
    $paused = $this->queue->isPaused($run);
    return [
      'toggle' => [
        '#type' => 'submit',
        '#name' => $paused ? 'resume' : 'pause',
        '#value' => $paused ? $this->t('Go on') : $this->t('Pause'),
        '#button_type' => $paused ? 'primary' : 'secondary',
        '#submit' => ['::give'],
      ],
      'cancel' => $this->link($run, 'cancel', $this->t('Cancel run'), 'button--danger'),
    ];
  }

  /**
   * Buttons of a run that has ended.
   */
  private function ended(Run $run): array {
    return [
      // A completed run needs no retry, so its button is not the primary one.
      'retry' => $this->link($run, 'retry', $this->t('Retry'), $run->getState() === RunState::Completed ? 'button--secondary' : 'button--primary') + ['#access' => (bool) ($run->getAgent()?->status() || ($run->isDryRun() && $run->getAgent() !== NULL))],
    ];
  }

  private function link(Run $run, string $command, mixed $title, string $class): array {
    return [
      '#type' => 'link',
      '#title' => $title,
      '#url' => Url::fromRoute('background_agents.run_command', [
        'background_agents_run' => $run->id(),
        'command' => $command,
      ]),
      '#attributes' => ['class' => ['button', $class]],
    ];
  }

  /**
   * What was said and has not been done yet.
   */
  private function pending(string $command): mixed {
    return match ($command) {
      'cancel' => $this->t('The run was told to stop. It ends after what it is doing now.'),
      'pause' => $this->t('The run was told to pause. It does so after what it is doing now.'),
      default => $this->t('The run was told to go on.'),
    };
  }

  /**
   * {@inheritdoc}
   *
   * The button may be another one by now: without this the Form API takes it
   * for the one that was pressed, and a second "Pause" lets the run go on.
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    $pressed = array_intersect_key($form_state->getUserInput(), ['pause' => TRUE, 'resume' => TRUE]);
    if (array_keys($pressed) !== [$form_state->getTriggeringElement()['#name'] ?? '']) {
      $form_state->setErrorByName('', $this->t('The run has changed meanwhile, so nothing was done. Look at its state, and press again if you still want to.'));
    }
  }

  /**
   * Submit handler: gives the command that the button is named after.
   */
  public function give(array &$form, FormStateInterface $form_state): void {
    $run = Run::load($form_state->get('run'));
    $command = $form_state->getTriggeringElement()['#name'];
    // The right may have been lost since the page was shown.
    if ($run === NULL || !$run->access('manage')) {
      $this->messenger()->addError($this->t('You may not manage this run.'));
      return;
    }
    try {
      $this->commands->give($run, $command, (int) $this->currentUser()->id());
    }
    catch (ProblemException $exception) {
      $this->messenger()->addError($this->t('@text', ['@text' => $exception->getMessage()]));
    }
    $form_state->setRedirectUrl($run->toUrl());
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $this->give($form, $form_state);
  }

}
