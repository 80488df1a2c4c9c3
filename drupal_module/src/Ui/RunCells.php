<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Dispatch\Via;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Timeline\Value;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * What lists say about a run, a cell each.
 *
 * @internal
 */
final class RunCells {

  use StringTranslationTrait;

  public function __construct(
    private readonly DateFormatterInterface $dateFormatter,
    private readonly TimeInterface $time,
    private readonly ReasonText $reasonText,
    private readonly RunBadge $badge,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Loads at once what the rows ask for one by one.
   *
   * @param \Drupal\background_agents\Entity\Run[] $runs
   *   The runs of a list.
   */
  public function prepare(array $runs): void {
    $ids = array_map(static fn (Run $run): ?int => $run->getRequesterId(), $runs);
    $this->entityTypeManager->getStorage('user')->loadMultiple(array_unique(array_filter($ids)));
  }

  /**
   * The state, and below it the reason of an end that is no success.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function state(Run $run): array {
    $reason = $run->isFinal() && $run->getState() !== RunState::Completed ? (string) $run->getReason() : '';
    return [
      'badge' => $this->badge->build($run),
      'reason' => [
        '#type' => 'html_tag',
        '#tag' => 'div',
        '#attributes' => ['class' => ['ba-meta']],
        'text' => ['#plain_text' => (string) $this->reasonText->brief($reason)],
        '#access' => $reason !== '',
      ],
    ];
  }

  /**
   * The content that the run is about.
   */
  public function about(Run $run): string {
    $target = $run->getTarget();
    return Value::text((string) ($target['label'] ?? $target['uuid'] ?? ''))['text'];
  }

  /**
   * Trigger and person.
   */
  public function startedBy(Run $run): string|\Stringable {
    $requester = $run->getRequester();
    $trigger = $this->reasonText->trigger($run->getTriggerType());
    if ($requester === NULL) {
      return $trigger;
    }
    $parts = ['@trigger' => $trigger, '@name' => $requester->getDisplayName()];
    $means = $this->reasonText->means(Via::of($run));
    return (string) $means === '' ? $this->t('@trigger, @name', $parts) : $this->t('@trigger, @name, by @means', $parts + ['@means' => $means]);
  }

  /**
   * When it was dispatched.
   */
  public function when(Run $run): string {
    return $this->dateFormatter->format($run->getCreatedTime(), 'short');
  }

  /**
   * How long it took, or has been going on.
   */
  public function took(Run $run): string {
    if ($run->getStartedTime() === NULL) {
      return '';
    }
    $end = $run->getFinishedTime() ?? $this->time->getCurrentTime();
    return $this->dateFormatter->formatInterval(max(1, $end - $run->getStartedTime()), 2);
  }

  /**
   * Tokens in and out together.
   */
  public function tokens(Run $run): string {
    $usage = $run->getUsage();
    return number_format($usage['input_tokens'] + $usage['output_tokens']);
  }

  /**
   * Millionths of a US dollar as dollars; empty: nothing was counted.
   */
  public static function money(int $micros): string {
    return $micros === 0 ? '' : number_format($micros / 1_000_000, 4);
  }

}
