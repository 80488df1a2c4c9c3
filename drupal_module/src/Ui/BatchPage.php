<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Batch\Batch;
use Drupal\background_agents\Batch\BatchAccess;
use Drupal\background_agents\Batch\BatchDoor;
use Drupal\background_agents\Batch\BatchState;
use Drupal\background_agents\Batch\BatchTally;
use Drupal\background_agents\Batch\LaneRoom;
use Drupal\background_agents\Http\ProblemException;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

/**
 * The upper part of the page of a batch: how far it is, and what can be done.
 *
 * @internal
 */
final class BatchPage {

  use StringTranslationTrait;

  public function __construct(
    private readonly BatchText $text,
    private readonly BatchNumberList $numbers,
    private readonly BatchAccess $access,
    private readonly LaneRoom $room,
    private readonly BatchDoor $door,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Builds it.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function status(Batch $batch, BatchTally $tally): array {
    $sentence = $this->text->progress($tally);
    return [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-batch__status'], 'data-ba-batch-status' => ''],
      'state' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#attributes' => ['class' => ['ba-badge', 'ba-badge--' . $this->tone($batch, $tally)]],
        'text' => ['#plain_text' => (string) $this->text->state($batch->state)],
      ],
      'bar' => [
        '#type' => 'html_tag',
        '#tag' => 'progress',
        '#attributes' => [
          'class' => ['ba-batch__bar'],
          'max' => max(1, $tally->items),
          'value' => $tally->settled(),
          'aria-label' => $this->t('Progress of the batch'),
          'aria-valuetext' => $sentence,
        ],
        'text' => ['#plain_text' => $sentence],
      ],
      'sentence' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#attributes' => ['class' => ['ba-batch__sentence']],
        'text' => ['#plain_text' => $sentence],
      ],
      'waits' => self::notice($this->waits($batch, $tally)),
      'numbers' => $this->numbers->build($batch, $tally),
      'actions' => $this->actions($batch, $tally),
    ];
  }

  /**
   * Changes whenever the status has to be drawn anew.
   */
  public function version(Batch $batch, BatchTally $tally): string {
    $shown = [$batch->state, $batch->reason, $tally, (string) $this->waits($batch, $tally)];
    return substr(hash('sha256', serialize($shown)), 0, 16);
  }

  private function tone(Batch $batch, BatchTally $tally): string {
    return match (TRUE) {
      $batch->state === BatchState::Paused => 'warning',
      $batch->state === BatchState::Running => 'live',
      $tally->failed() > 0 => 'error',
      default => 'ok',
    };
  }

  /**
   * Why nothing more begins now; NULL: something does, or nothing is left.
   */
  private function waits(Batch $batch, BatchTally $tally): ?TranslatableMarkup {
    if ($batch->state === BatchState::Paused) {
      return $this->text->why($batch);
    }
    if ($batch->state === BatchState::Done || $tally->waiting === 0) {
      return NULL;
    }
    try {
      $agent = $this->door->agent($batch);
    }
    catch (ProblemException $problem) {
      return $this->t('@text', ['@text' => $problem->getMessage()]);
    }
    return match (TRUE) {
      $this->room->isStopped() => $this->t('All agents of this site are stopped. When they may run again, the batch goes on.'),
      $this->room->isSpent($batch, $agent) => $this->t('A budget of today is used up. The batch goes on by itself tomorrow (UTC).'),
      $this->room->of($agent) <= 0 && $tally->open() === 0 => $this->t('Other runs of the agent, or of the site, come first. The batch goes on when there is room.'),
      default => NULL,
    };
  }

  private static function notice(?TranslatableMarkup $text): array {
    return $text === NULL ? [] : [
      '#type' => 'html_tag',
      '#tag' => 'p',
      '#attributes' => ['class' => ['ba-batch__why']],
      'text' => ['#plain_text' => (string) $text],
    ];
  }

  /**
   * Links to what can be done now.
   */
  private function actions(Batch $batch, BatchTally $tally): array {
    $possible = array_filter([
      'pause' => $batch->state === BatchState::Running && $tally->waiting > 0 ? $this->t('Pause') : NULL,
      'resume' => $batch->state === BatchState::Paused && $tally->waiting > 0 ? $this->t('Resume') : NULL,
      'cancel' => $tally->waiting + $tally->open() > 0 ? $this->t('Cancel the rest') : NULL,
      'retry' => $tally->failed() > 0 ? $this->t('Retry what failed') : NULL,
    ]);
    if ($possible === [] || !$this->access->manage($batch->id, $this->currentUser)->isAllowed()) {
      return [];
    }
    $links = [];
    foreach ($possible as $command => $title) {
      $links[$command] = [
        'title' => $title,
        'url' => Url::fromRoute('background_agents.batch_command', ['batch' => $batch->id, 'command' => $command]),
        'attributes' => ['class' => ['button', 'button--small'], 'data-ba-key' => $command],
      ];
    }
    return [
      '#theme' => 'links',
      '#links' => $links,
      '#attributes' => ['class' => ['inline', 'ba-run-here']],
    ];
  }

}
