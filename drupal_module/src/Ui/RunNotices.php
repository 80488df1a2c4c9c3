<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunState;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Why nothing happens with a run, as far as this site knows.
 *
 * @internal
 */
final class RunNotices {

  public function __construct(
    private readonly StopNotice $stop,
    private readonly IntakeNotice $intake,
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
   * Why nobody has taken the run yet; NULL: somebody has, or nothing is known.
   */
  public function notTaken(Run $run): ?TranslatableMarkup {
    return $run->getState() === RunState::Queued && $run->getLastSeq() === 0 ? $this->intake->text() : NULL;
  }

  /**
   * Changes whenever one of them does.
   */
  public function version(Run $run): string {
    return ($this->stopped($run) === NULL ? '' : 'stopped ') . $this->notTaken($run);
  }

}
