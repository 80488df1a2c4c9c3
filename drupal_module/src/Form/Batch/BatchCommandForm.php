<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Batch;

use Drupal\background_agents\Batch\Batch;
use Drupal\background_agents\Batch\BatchCommands;
use Drupal\background_agents\Batch\BatchNumbers;
use Drupal\background_agents\Batch\BatchStore;
use Drupal\background_agents\Ui\BatchText;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\Form\ConfirmFormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Symfony\Component\HttpKernel\Exception\NotFoundHttpException;

/**
 * Asks whether a batch is to be paused, resumed, cancelled, or retried.
 *
 * @internal
 */
final class BatchCommandForm extends ConfirmFormBase {

  use AutowireTrait;

  private const string REST = 'rest';
  private const string ALL = 'all';

  /**
   * The batch that is asked about.
   */
  private Batch $batch;

  /**
   * One of pause, resume, cancel, retry.
   */
  private string $command;

  public function __construct(
    private readonly BatchStore $batches,
    private readonly BatchCommands $commands,
    private readonly BatchNumbers $numbers,
    private readonly BatchText $text,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_batch_command';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, int $batch = 0, string $command = 'pause'): array {
    $this->batch = $this->batches->load($batch) ?? throw new NotFoundHttpException();
    $this->command = $command;
    $form = parent::buildForm($form, $form_state);
    if ($command === 'cancel') {
      $form['which'] = [
        '#type' => 'radios',
        '#title' => $this->t('What is cancelled'),
        '#options' => [
          self::REST => $this->t('Only what has not begun: runs at work go on'),
          self::ALL => $this->t('What has not begun, and the runs that are at work'),
        ],
        '#default_value' => self::REST,
        '#weight' => -1,
      ];
    }
    return $form;
  }

  /**
   * {@inheritdoc}
   */
  public function getQuestion(): TranslatableMarkup {
    $title = ['@title' => $this->text->title($this->batch)];
    return match ($this->command) {
      'resume' => $this->t('Resume "@title"?', $title),
      'cancel' => $this->t('Cancel the rest of "@title"?', $title),
      'retry' => $this->t('Retry what failed of "@title"?', $title),
      default => $this->t('Pause "@title"?', $title),
    };
  }

  /**
   * {@inheritdoc}
   */
  public function getDescription(): TranslatableMarkup {
    $tally = $this->numbers->of($this->batch);
    return match ($this->command) {
      'resume' => $this->formatPlural($tally->waiting, '1 item waits. Its run begins when there is room.', '@count items wait. Their runs begin as there is room.'),
      'cancel' => $this->t('It stands at: @progress. Drafts that were left stay.', ['@progress' => $this->text->progress($tally)]),
      'retry' => $this->formatPlural($tally->failed(), '1 run failed. It begins anew, as the agent is configured now.', '@count runs failed. They begin anew as there is room, as the agent is configured now.'),
      default => $this->formatPlural($tally->open(), 'No more runs begin until it is resumed. 1 run is at work, and goes on to its end.', 'No more runs begin until it is resumed. @count runs are at work, and go on to their end.'),
    };
  }

  /**
   * {@inheritdoc}
   */
  public function getConfirmText(): TranslatableMarkup {
    return match ($this->command) {
      'resume' => $this->t('Resume'),
      'cancel' => $this->t('Cancel the rest'),
      'retry' => $this->t('Retry'),
      default => $this->t('Pause'),
    };
  }

  /**
   * {@inheritdoc}
   */
  public function getCancelText(): TranslatableMarkup {
    return $this->t('Back to the batch');
  }

  /**
   * {@inheritdoc}
   */
  public function getCancelUrl(): Url {
    return Url::fromRoute('background_agents.batch', ['batch' => $this->batch->id]);
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $uid = (int) $this->currentUser()->id();
    $this->messenger()->addStatus(match ($this->command) {
      'resume' => $this->commands->resume($this->batch, $uid) ? $this->t('The batch goes on.') : $this->t('The batch was not paused.'),
      'cancel' => $this->formatPlural($this->commands->cancel($this->batch, $uid, $form_state->getValue('which') === self::ALL), '1 item was cancelled.', '@count items were cancelled.'),
      'retry' => $this->formatPlural($this->commands->retryFailed($this->batch, $uid), '1 run is retried.', '@count runs are retried.'),
      default => $this->commands->pause($this->batch, $uid) ? $this->t('The batch is paused.') : $this->t('The batch was not running.'),
    });
    $form_state->setRedirectUrl($this->getCancelUrl());
  }

}
