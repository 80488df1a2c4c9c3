<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca\Plugin\Action;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunCommands;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * An action that tells a run something, with a note.
 *
 * @internal
 */
abstract class CommandActionBase extends DecideActionBase {

  /**
   * Tells runs what to do.
   */
  protected RunCommands $commands;

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    $instance = parent::create($container, $configuration, $plugin_id, $plugin_definition);
    $instance->commands = $container->get(RunCommands::class);
    return $instance;
  }

  /**
   * {@inheritdoc}
   */
  public function defaultConfiguration(): array {
    return ['run' => 'run', 'note' => ''] + parent::defaultConfiguration();
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
    $form['note'] = [
      '#type' => 'textfield',
      '#title' => $this->t('Note'),
      '#description' => $this->t('Why, for those who read the history.'),
      '#default_value' => $this->configuration['note'],
      '#weight' => 10,
      '#eca_token_replacement' => TRUE,
    ];
    return parent::buildConfigurationForm($form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  protected function mayDecide(AccountInterface $account): AccessResultInterface {
    return $this->run()?->access('manage', $account, TRUE) ?? AccessResult::forbidden('There is no such run.');
  }

  /**
   * {@inheritdoc}
   */
  protected function runUuid(): string {
    return (string) $this->run()?->uuid();
  }

  /**
   * The run that the token stands for.
   */
  protected function run(): ?Run {
    return $this->runTokens->find($this->named('run'));
  }

  /**
   * Gives a command as the current user.
   */
  protected function give(string $command, array $data = []): void {
    $run = $this->run();
    assert($run instanceof Run);
    $note = mb_substr($this->text('note'), 0, 1000);
    $this->commands->give($run, $command, (int) $this->currentUser->id(), $data + ($note === '' ? [] : ['note' => $note]));
  }

}
