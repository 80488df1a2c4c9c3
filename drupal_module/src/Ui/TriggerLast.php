<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Schedule\ScheduleStore;
use Drupal\Core\Database\Connection;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * What came of triggers last: their newest runs, and due times without a run.
 *
 * A refusal is a run that failed and says why. A fixed number of queries, for
 * however many triggers.
 *
 * @internal
 */
final class TriggerLast {

  use StringTranslationTrait;

  private const string RUNS = 'background_agents_run';

  /**
   * What runs of triggers are started by.
   */
  private const array TYPES = ['content', 'schedule', 'cron'];

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ScheduleStore $due,
    private readonly ScheduleText $schedules,
    private readonly DateFormatterInterface $dateFormatter,
    private readonly ReasonText $reasonText,
  ) {}

  /**
   * What came last of each trigger.
   *
   * @param \Drupal\background_agents\Entity\Trigger[] $triggers
   *   The triggers.
   *
   * @return array<string, array<string, mixed>>
   *   Render arrays by id; triggers that never started are left out.
   */
  public function of(array $triggers): array {
    $due = $this->due->last(array_values(array_map(static fn ($trigger): string => (string) $trigger->uuid(), $triggers)));
    $runs = $this->newestRuns(array_values(array_map(static fn ($trigger): string => (string) $trigger->id(), $triggers)));
    $last = [];
    foreach ($triggers as $trigger) {
      $id = (string) $trigger->id();
      $run = $runs[$id] ?? NULL;
      $time = $due[(string) $trigger->uuid()] ?? NULL;
      $withoutRun = $time !== NULL && in_array($time->result, ['missed', 'skipped', 'waiting'], TRUE) && (int) $time->due >= ($run?->getCreatedTime() ?? 0);
      if ($withoutRun) {
        $last[$id] = [
          '#plain_text' => (string) $this->t('@when: @result', [
            '@when' => $this->dateFormatter->format((int) $time->due, 'short'),
            '@result' => $this->schedules->result($time->result),
          ]),
        ];
      }
      elseif ($run !== NULL) {
        $last[$id] = $this->run($run);
      }
    }
    return $last;
  }

  /**
   * When a run was made, its state, and why it failed.
   */
  private function run(Run $run): array {
    $text = (string) $this->t('@when: @result', [
      '@when' => $this->dateFormatter->format($run->getCreatedTime(), 'short'),
      '@result' => $this->reasonText->state($run->getState()->value),
    ]);
    $why = $run->getState()->value === 'failed' ? (string) $run->getMessage() : '';
    return [
      'run' => $run->access('view') ? $run->toLink($text)->toRenderable() : ['#plain_text' => $text],
      'why' => [
        '#type' => 'html_tag',
        '#tag' => 'div',
        '#attributes' => ['class' => ['ba-meta']],
        'text' => ['#plain_text' => mb_strimwidth($why, 0, 200, '…')],
        '#access' => $why !== '',
      ],
    ];
  }

  /**
   * The newest run of each trigger.
   *
   * @return array<string, \Drupal\background_agents\Entity\Run>
   *   By id of the trigger.
   */
  private function newestRuns(array $ids): array {
    $found = $this->newest($ids, FALSE);
    // A model of ECA may have the name of a trigger, and the newer run.
    $found += $this->newest(array_values(array_diff($ids, array_keys($found))), TRUE);
    $runs = $this->entityTypeManager->getStorage('background_agents_run')->loadMultiple($found);
    return array_intersect_key(array_map(static fn (string $id): ?Run => $runs[$id] ?? NULL, $found), array_flip($ids));
  }

  /**
   * Ids of the newest runs.
   *
   * @param string[] $ids
   *   Ids of triggers.
   * @param bool $isExact
   *   Whether each run is asked what started it. Else an index suffices, and
   *   triggers are left out for which something else made the newest run.
   *
   * @return array<string, string>
   *   By id of the trigger.
   */
  private function newest(array $ids, bool $isExact): array {
    if ($ids === []) {
      return [];
    }
    $newest = $this->database->select(self::RUNS, 'n')->fields('n', ['trigger_id'])->condition('n.trigger_id', $ids, 'IN')->groupBy('n.trigger_id');
    $newest->addExpression('MAX([n].[created])', 'created');
    if ($isExact) {
      $newest->condition('n.trigger_type', self::TYPES, 'IN');
    }
    $query = $this->database->select(self::RUNS, 'r')->fields('r', ['trigger_id'])->condition('r.trigger_type', self::TYPES, 'IN')->groupBy('r.trigger_id');
    $query->addExpression('MAX([r].[id])', 'id');
    $query->innerJoin($newest, 'n', '[n].[trigger_id] = [r].[trigger_id] AND [n].[created] = [r].[created]');
    return $query->execute()->fetchAllKeyed();
  }

}
