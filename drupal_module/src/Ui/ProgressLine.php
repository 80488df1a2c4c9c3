<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Progress\ProgressReport;
use Drupal\background_agents\Progress\ProgressStoreInterface;
use Drupal\Component\Render\PlainTextOutput;
use Drupal\Component\Utility\Html;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Shows how far a run is, while it goes on.
 *
 * @internal
 */
final class ProgressLine {

  use StringTranslationTrait;

  /**
   * Currency units have a million of these.
   */
  private const int MICROS = 1000000;

  public function __construct(
    private readonly ProgressStoreInterface $progress,
    private readonly DateFormatterInterface $dateFormatter,
    private readonly ReasonText $reasonText,
  ) {}

  /**
   * How far the run is; NULL: it has ended, or tells nothing.
   */
  public function report(Run $run): ?ProgressReport {
    return $run->isFinal() ? NULL : $this->progress->report($run);
  }

  /**
   * Builds what the page shows.
   *
   * @return array<string, mixed>|null
   *   A render array; NULL: there is nothing to show.
   */
  public function build(?ProgressReport $report): ?array {
    if ($report === NULL) {
      return NULL;
    }
    return [
      '#theme' => 'background_agents_progress',
      '#sentence' => $report->sentence,
      '#done' => $report->done,
      '#total' => $report->total,
      '#facts' => array_filter([
        $this->share($report),
        $this->left($report),
        $this->spent($report),
      ]),
    ];
  }

  private function share(ProgressReport $report): mixed {
    $counts = ['@done' => $report->done, '@total' => $report->total];
    return $report->total === NULL ? NULL : $this->t('@done of @total done', $counts);
  }

  private function left(ProgressReport $report): mixed {
    $seconds = $report->secondsLeft;
    return $seconds === NULL ? NULL : $this->t('about @time left', ['@time' => $this->dateFormatter->formatInterval(max(1, $seconds), 1)]);
  }

  private function spent(ProgressReport $report): mixed {
    return match (TRUE) {
      $report->costMicros > 0 => $this->t('@amount US dollars so far', ['@amount' => number_format($report->costMicros / self::MICROS, 4)]),
      $report->tokens > 0 => $this->formatPlural($report->tokens, 'One token so far', '@tokens tokens so far', ['@tokens' => number_format($report->tokens)]),
      default => NULL,
    };
  }

  /**
   * What a screen reader is told: little, it may come every second.
   *
   * As markup, for Drupal.announce() puts it on the page as that.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param int $new
   *   How many events are new.
   * @param bool $changed
   *   Whether the head of the page has changed.
   * @param \Drupal\background_agents\Progress\ProgressReport|null $report
   *   How far the run is.
   */
  public function announcement(Run $run, int $new, bool $changed, ?ProgressReport $report): string {
    if ($changed && $run->isFinal()) {
      return (string) $this->t('The run has ended: @state', ['@state' => $this->reasonText->state($run->getState()->value)]);
    }
    if ($changed && $run->getWaitingFor() !== NULL) {
      return (string) $this->reasonText->waiting($run->getWaitingFor());
    }
    if ($report !== NULL) {
      return Html::escape(PlainTextOutput::renderFromHtml($report->sentence));
    }
    return $new > 0 ? (string) $this->formatPlural($new, 'One new event', '@count new events') : '';
  }

}
