<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunState;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * The state of a run as a coloured badge. The word says it; colour only helps.
 *
 * A test run has a badge more.
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
    $badge = [
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
    return $run->isDryRun() ? ['state' => $badge, 'gap' => ['#plain_text' => ' '], 'test' => self::test()] : $badge;
  }

  /**
   * Says that it is a test run.
   */
  private static function test(): array {
    return [
      '#type' => 'html_tag',
      '#tag' => 'span',
      '#attributes' => ['class' => ['ba-badge', 'ba-badge--info']],
      'text' => ['#markup' => new TranslatableMarkup('Test run')],
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
