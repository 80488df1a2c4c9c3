<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Audit\Decision;
use Drupal\background_agents\Audit\RecordedDecision;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Timeline\Value;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * What people decided about a run: when, who, what, why.
 *
 * @internal
 */
final class DecisionTable {

  use StringTranslationTrait;

  private const ROWS = 50;

  public function __construct(
    private readonly AuditLog $audit,
    private readonly DateFormatterInterface $dateFormatter,
  ) {}

  /**
   * The table; nothing when nobody has decided anything.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(Run $run): array {
    $decisions = $this->audit->newest($run->uuid(), self::ROWS);
    if ($decisions === []) {
      return [];
    }
    return [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-decisions']],
      'table' => CardTable::of([
        '#type' => 'table',
        '#caption' => $this->t('Decisions of people'),
        '#header' => [$this->t('When'), $this->t('Who'), $this->t('Decision'), $this->t('Note')],
        '#rows' => array_map($this->row(...), $decisions),
      ], $this->t('Decisions of people')),
    ];
  }

  /**
   * Changes when the table does.
   */
  public function version(Run $run): int {
    return $this->audit->count($run->uuid());
  }

  private function row(RecordedDecision $decision): array {
    return [
      $this->dateFormatter->format($decision->time, 'custom', 'Y-m-d H:i:s'),
      ['data' => ['#plain_text' => (string) $this->who($decision)]],
      $this->what($decision),
      ['data' => ['#plain_text' => Value::text($decision->note)['text']]],
    ];
  }

  /**
   * The name of who decided, or the door of who has none.
   */
  private function who(RecordedDecision $decision): TranslatableMarkup|string {
    return match (TRUE) {
      $decision->name !== '' => $decision->name,
      $decision->door === Decision::SIDECAR => $this->t('an operator of the sidecar'),
      $decision->door === Decision::DRUSH => $this->t('an administrator, with Drush'),
      default => $this->t('a deleted account'),
    };
  }

  /**
   * The decision in words.
   */
  private function what(RecordedDecision $decision): TranslatableMarkup {
    return match ($decision->action) {
      'cancel' => $this->t('Cancelled'),
      'pause' => $this->t('Paused'),
      'resume' => $this->t('Let go on'),
      'decide' => $this->t('Answered: @decision', ['@decision' => (string) ($decision->data['decision'] ?? '?')]),
      'accept' => ($decision->data['part'] ?? FALSE) ? $this->t('Accepted a part of the draft') : $this->t('Accepted the draft'),
      'refuse' => $this->t('Refused the draft'),
      'preview_link' => $this->t('Made a preview link'),
      'send_back' => $this->t('Sent the draft back'),
      'undo' => $this->t('Undone: @label', ['@label' => (string) ($decision->data['label'] ?? '?')]),
      default => ($decision->data['from_step'] ?? 1) > 1 ? $this->t('Retried from step @number', ['@number' => (int) $decision->data['from_step']]) : $this->t('Retried'),
    };
  }

}
