<?php

declare(strict_types=1);

namespace Drupal\background_agents\Progress;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Timeline\Timeline;
use Drupal\background_agents\Ui\ReasonText;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Reads the progress of runs from their events.
 *
 * @internal Use ProgressStoreInterface.
 */
final class EventProgress implements ProgressStoreInterface {

  use StringTranslationTrait;

  /**
   * Events at the end of a run of which the newest sentence is made.
   */
  private const int NEWEST = 30;

  /**
   * Events before those asked for, in which a call may have begun.
   */
  private const int LOOK_BACK = 50;

  public function __construct(
    private readonly EventStore $events,
    private readonly RunData $data,
    private readonly Connection $database,
    private readonly StepSentence $sentence,
    private readonly ItemLabels $labels,
    private readonly ReasonText $reasonText,
    private readonly TimeInterface $time,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function report(Run $run): ?ProgressReport {
    if (!self::isTold($run)) {
      return NULL;
    }
    $drafts = $this->drafts($run);
    [$done, $total] = $this->counted($run, $drafts['items']);
    $usage = $run->getUsage();
    return new ProgressReport(
      $this->newest($run, $drafts['drafts'], $total),
      $total === NULL ? NULL : min($done, $total),
      $total,
      $this->secondsLeft($run, $done, $total),
      $usage['cost_micros'],
      $usage['input_tokens'] + $usage['output_tokens'],
    );
  }

  /**
   * {@inheritdoc}
   */
  public function items(Run $run, int $after = 0, int $limit = 200): array {
    if (!self::isTold($run)) {
      return [];
    }
    $from = max(0, $after - self::LOOK_BACK);
    $events = array_map(Timeline::normalise(...), $this->events->after((int) $run->id(), $from, $after - $from + $limit));
    $labels = $this->labels->of($events);
    $calls = $items = [];
    foreach ($events as $event) {
      $sentence = $this->sentenceOf($event, $calls, $labels);
      if ($sentence !== NULL && $event['seq'] > $after) {
        $items[] = new ProgressItem(
          (int) $event['seq'],
          (string) $event['type'],
          (int) strtotime((string) $event['time']),
          $event['step'] ?? NULL,
          $sentence,
          is_string($event['data']['tool'] ?? NULL) ? $event['data']['tool'] : NULL,
          is_string($event['data']['call'] ?? NULL) ? $event['data']['call'] : NULL,
        );
      }
    }
    return $items;
  }

  /**
   * Whether the agent of a run tells its progress.
   */
  private static function isTold(Run $run): bool {
    return $run->getAgent()?->tellsProgress() ?? TRUE;
  }

  /**
   * What the run does now.
   */
  private function newest(Run $run, int $drafts, ?int $total): TranslatableMarkup {
    if ($run->isFinal()) {
      return $this->t('The run has ended: @state', ['@state' => $this->reasonText->state($run->getState()->value)]);
    }
    if ($run->getWaitingFor() !== NULL) {
      return $this->reasonText->waiting($run->getWaitingFor());
    }
    $last = $run->getLastSeq();
    $events = array_map(Timeline::normalise(...), $this->events->after((int) $run->id(), max(0, $last - self::NEWEST), self::NEWEST));
    $labels = $this->labels->of($events);
    $calls = [];
    $sentence = NULL;
    foreach ($events as $event) {
      $sentence = ($event['type'] ?? '') === 'change_saved'
        ? $this->sentence->saved($event['data'], $drafts, $total)
        : $this->sentenceOf($event, $calls, $labels) ?? $sentence;
    }
    return $sentence ?? $this->t('The run waits for a worker.');
  }

  /**
   * The sentence of an event; NULL: it has none.
   *
   * @param array<string, mixed> $event
   *   The event.
   * @param array<string, \Drupal\background_agents\Progress\ToolCall> $calls
   *   Calls that were started, by their unit or id: grows.
   * @param array<string, string> $labels
   *   Names of items, by UUID.
   */
  private function sentenceOf(array $event, array &$calls, array $labels): ?TranslatableMarkup {
    $data = $event['data'];
    $key = (string) json_encode($data['unit'] ?? $data['call'] ?? NULL);
    if ($event['type'] === 'tool_started') {
      $calls[$key] = ToolCall::of($data);
    }
    return match ($event['type']) {
      'run_queued' => $this->t('The run waits for a worker.'),
      'run_started' => $this->t('The agent begins'),
      'model_requested' => $this->sentence->asking(),
      'model_responded' => $this->sentence->answered($data),
      'tool_started' => $this->sentence->calling($calls[$key], $labels),
      'tool_finished' => $this->sentence->called($calls[$key] ?? ToolCall::of($data), $labels, $data),
      'change_saved' => $this->sentence->saved($data),
      'progress_reported' => $this->sentence->told($data),
      'run_waiting' => $this->reasonText->waiting((string) ($data['for'] ?? '')),
      'run_finished' => $this->t('The run has ended: @state', ['@state' => $this->reasonText->state((string) ($data['state'] ?? ''))]),
      default => NULL,
    };
  }

  /**
   * How many items are done, and how many there are.
   *
   * @return array{int, int|null}
   *   What the agent told last; else the items that the run is about, of which
   *   those with a draft are done; NULL: nobody counts.
   */
  private function counted(Run $run, int $items): array {
    $told = $this->events->newest((int) $run->id(), 'progress_reported');
    if ($told !== NULL) {
      return [(int) ($told->done ?? 0), (int) ($told->total ?? 0) ?: NULL];
    }
    $about = $this->data->read((int) $run->id())['items'];
    return [$items, $about === NULL ? NULL : count($about)];
  }

  /**
   * Counts what the run has saved.
   *
   * @return array{drafts: int, items: int}
   *   Drafts, and items that have one.
   */
  private function drafts(Run $run): array {
    $row = $this->database->query('SELECT COUNT(*) AS drafts, COUNT(DISTINCT target_uuid) AS items FROM {background_agents_change} WHERE run = :run', [':run' => $run->id()])->fetchAssoc();
    return array_map(intval(...), (array) $row);
  }

  /**
   * Seconds left, when the rest takes as long as what is done.
   */
  private function secondsLeft(Run $run, int $done, ?int $total): ?int {
    $started = $run->getStartedTime();
    if ($total === NULL || $done < 1 || $done >= $total || $started === NULL || $run->getState() !== RunState::Running) {
      return NULL;
    }
    return (int) round(max(1, $this->time->getCurrentTime() - $started) * ($total - $done) / $done);
  }

}
