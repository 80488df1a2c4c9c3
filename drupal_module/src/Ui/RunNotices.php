<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\CommandQueue;
use Drupal\background_agents\Run\RunState;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Why nothing happens with a run, as far as this site knows.
 *
 * @internal
 */
final class RunNotices {

  use StringTranslationTrait;

  public function __construct(
    private readonly StopNotice $stop,
    private readonly IntakeNotice $intake,
    private readonly ReasonText $reasonText,
    private readonly CommandQueue $queue,
    private readonly DateFormatterInterface $dates,
  ) {}

  /**
   * A warning that all agents are stopped.
   *
   * @return array<string, mixed>
   *   A render array; NULL for a run that is over, or while agents may run.
   */
  public function stopped(Run $run): ?array {
    return $run->isFinal() ? NULL : $this->stop->warning();
  }

  /**
   * What to do about a run; NULL: nothing, or nothing is known.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param string|null $reason
   *   Why it ended or waits, when that is worth telling.
   */
  public function advice(Run $run, ?string $reason): ?TranslatableMarkup {
    return $reason === NULL ? $this->notTaken($run) : $this->reasonText->advice($reason);
  }

  /**
   * Why nobody has taken the run yet; NULL: somebody has, or nothing is known.
   */
  public function notTaken(Run $run): ?TranslatableMarkup {
    if ($run->getState() === RunState::Queued && $run->getDueTime() !== NULL) {
      return $this->t('The run begins on @time, as it was asked for.', ['@time' => $this->dates->format($run->getDueTime(), 'short')]);
    }
    return $run->getState() === RunState::Queued && $run->getLastSeq() === 0 ? $this->intake->text() : NULL;
  }

  /**
   * Changes whenever one of them does, or a person has told the run something.
   */
  public function version(Run $run): string {
    return ($this->stopped($run) === NULL ? '' : 'stopped ') . $this->notTaken($run) . $this->queue->pendingCommand((int) $run->id());
  }

}
