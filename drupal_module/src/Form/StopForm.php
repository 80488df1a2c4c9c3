<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Sidecar\PushQueue;
use Drupal\background_agents\StopSwitch;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\ConfirmFormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Asks before all agents are stopped, or let run again.
 *
 * @internal
 */
final class StopForm extends ConfirmFormBase {

  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  /**
   * TRUE: stop; FALSE: let run again.
   */
  private bool $stop = TRUE;

  public function __construct(
    private readonly StopSwitch $stopSwitch,
    private readonly TimeInterface $time,
    private readonly LoggerInterface $logger,
    private readonly PushQueue $push,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container): static {
    return new self($container->get(StopSwitch::class), $container->get('datetime.time'), $container->get('logger.channel.background_agents'), $container->get(PushQueue::class));
  }

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_stop';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, bool $stop = TRUE): array {
    $this->stop = $stop;
    $form['note'] = [
      '#type' => 'textfield',
      '#title' => $this->t('Note'),
      '#description' => $this->t('Why, for those who read the history later.'),
      '#maxlength' => 500,
    ];
    return parent::buildForm($form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function getQuestion(): TranslatableMarkup {
    return $this->stop ? $this->t('Stop all agents?') : $this->t('Let agents run again?');
  }

  /**
   * {@inheritdoc}
   */
  public function getDescription(): TranslatableMarkup {
    return $this->stop
      ? $this->t('No new run starts, and from this moment no agent can read or write anything here. Runs that go on come to a halt and wait. Nothing is lost: they go on when you let agents run again.')
      : $this->t('New runs can start, and those that were halted go on.');
  }

  /**
   * {@inheritdoc}
   */
  public function getConfirmText(): TranslatableMarkup {
    return $this->stop ? $this->t('Stop all agents') : $this->t('Let agents run again');
  }

  /**
   * {@inheritdoc}
   */
  public function getCancelUrl(): Url {
    return Url::fromRoute('background_agents.settings');
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $note = trim((string) $form_state->getValue('note'));
    if ($this->stop) {
      $this->stopSwitch->stop((int) $this->currentUser()->id(), $this->time->getRequestTime(), $note);
      $this->messenger()->addStatus($this->t('All agents are stopped.'));
      $this->logger->warning('All agents were stopped by @name.', [
        '@name' => $this->currentUser()->getAccountName(),
        'action' => 'stop',
      ]);
    }
    else {
      $this->stopSwitch->start((int) $this->currentUser()->id(), $note);
      $this->messenger()->addStatus($this->t('Agents may run again.'));
      $this->logger->notice('Agents were let run again by @name.', [
        '@name' => $this->currentUser()->getAccountName(),
        'action' => 'start',
      ]);
    }
    // The sidecar is told after the response; each answer to it says so too.
    $this->push->addCommands();
    $form_state->setRedirectUrl($this->getCancelUrl());
  }

}
