<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunState;

/**
 * The state of a run as a coloured badge. The word says it; colour only helps.
 *
 * @internal
 */
final class RunBadge {

  public function __construct(
    private readonly ReasonText $reasonText,
  ) {}

  /**
   * The badge.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(Run $run): array {
    $state = $run->getState();
    $label = $state === RunState::Waiting ? $this->reasonText->waiting((string) $run->getWaitingFor()) : $this->reasonText->state($state->value);
    return [
      '#type' => 'html_tag',
      '#tag' => 'span',
      '#attributes' => ['class' => ['ba-badge', 'ba-badge--' . self::tone($state)]],
      'pulse' => [
        '#type' => 'html_tag',
        '#tag' => 'span',
        '#attributes' => ['class' => ['ba-pulse'], 'aria-hidden' => 'true'],
        '#access' => $state === RunState::Running,
      ],
      'text' => ['#plain_text' => (string) $label],
    ];
  }

  /**
   * The tone of a state: info, ok, warning, error or live.
   */
  public static function tone(RunState $state): string {
    return match ($state) {
      RunState::Completed => 'ok',
      RunState::Failed, RunState::Expired => 'error',
      RunState::Waiting, RunState::Paused, RunState::Cancelled => 'warning',
      RunState::Running => 'live',
      RunState::Queued => 'info',
    };
  }

}
