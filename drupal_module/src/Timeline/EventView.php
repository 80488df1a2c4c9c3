<?php

declare(strict_types=1);

namespace Drupal\background_agents\Timeline;

use Drupal\background_agents\Progress\StepSentence;
use Drupal\background_agents\Ui\ReasonText;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Says in words what happened to a run: its states, decisions and drafts.
 *
 * @internal
 */
final class EventView {

  use StringTranslationTrait;

  public function __construct(
    private readonly ReasonText $reasonText,
    private readonly StepSentence $sentence,
  ) {}

  /**
   * The view of an event that is no request, answer or call.
   *
   * @param array<string, mixed> $event
   *   The event, see Timeline.
   * @param array<string, \Drupal\Core\Url> $links
   *   Links to drafts, keyed by "entity type:revision id".
   *
   * @return array<string, mixed>
   *   Parts of a view, see ItemView.
   */
  public function view(array $event, array $links): array {
    $data = is_array($event['data'] ?? NULL) ? $event['data'] : [];
    return match ($event['type'] ?? '') {
      'change_saved' => $this->change($data, $links),
      'progress_reported' => ['title' => $this->sentence->told($data)],
      'approval_requested' => [
        'title' => $this->t('A person has to decide'),
        'tone' => 'warning',
        'text' => Value::plain($data['question'] ?? NULL),
        'details' => [[$this->t('Arguments'), $data['arguments'] ?? NULL, FALSE]],
      ],
      'approval_given' => [
        'title' => $this->t('Decided: @decision', ['@decision' => Value::plain($data['decision'] ?? '?')]),
        'tone' => 'ok',
        'meta' => array_filter([$this->by($data)]),
        'text' => Value::plain($data['note'] ?? NULL),
      ],
      'event_refused' => [
        'title' => $this->t('An event of type @type could not be stored', ['@type' => Value::plain($data['refused_type'] ?? '?')]),
        'tone' => 'error',
        'text' => Value::plain($data['detail'] ?? NULL),
      ],
      default => $this->runEvent((string) ($event['type'] ?? '?'), $data),
    };
  }

  /**
   * An event about the run itself, or one of a type not known here.
   */
  private function runEvent(string $type, array $data): array {
    $message = Value::plain($data['message'] ?? NULL);
    return match ($type) {
      'run_queued' => $this->queued($data),
      'run_started' => $this->started($data),
      'run_waiting' => [
        'title' => $this->reasonText->waiting((string) ($data['for'] ?? '')),
        'tone' => 'warning',
        'text' => $message,
      ],
      'run_paused' => [
        'title' => $this->t('Paused'),
        'tone' => 'warning',
        'meta' => array_filter([$this->by($data)]),
        'text' => Value::plain($data['note'] ?? NULL),
      ],
      'run_resumed' => [
        'title' => $this->t('Goes on'),
        'meta' => array_filter([$this->by($data)]),
        'text' => Value::plain($data['note'] ?? NULL),
      ],
      'run_retrying' => [
        'title' => $this->t('Will be tried again'),
        'tone' => 'warning',
        'meta' => array_filter([
          Value::plain($data['reason'] ?? NULL),
          isset($data['delay_seconds']) ? $this->t('in @seconds s', ['@seconds' => round((float) $data['delay_seconds'], 1)]) : NULL,
        ]),
        'text' => $message,
      ],
      'run_finished' => $this->finished($data, $message),
      default => [
        'title' => Value::plain($type) ?? '?',
        'details' => [[$this->t('Data'), $data, FALSE]],
      ],
    };
  }

  private function queued(array $data): array {
    $title = match (TRUE) {
      isset($data['round']) => $this->t('Queued again: sent back, round @number', ['@number' => (int) $data['round']]),
      isset($data['from_step']) => $this->t('Queued again, from step @number', ['@number' => (int) $data['from_step']]),
      ($data['attempt'] ?? 1) > 1 => $this->t('Queued again, attempt @number', ['@number' => (int) $data['attempt']]),
      default => $this->t('Queued'),
    };
    return [
      'title' => $title,
      'meta' => array_filter([$this->by($data)]),
      'text' => Value::plain($data['note'] ?? NULL),
      'details' => [[$this->t('Limits that hold'), $data['limits'] ?? NULL, FALSE]],
    ];
  }

  private function started(array $data): array {
    return [
      'title' => !empty($data['resumed']) ? $this->t('Taken over and continued') : $this->t('Started'),
      'meta' => array_filter([
        $this->t('worker @name', ['@name' => Value::plain($data['worker'] ?? '?')]),
        ($data['restored_units'] ?? 0) > 0 ? $this->t('@count finished units kept', ['@count' => (int) $data['restored_units']]) : NULL,
      ]),
    ];
  }

  /**
   * The end of a run.
   */
  private function finished(array $data, ?string $message): array {
    $state = (string) ($data['state'] ?? '');
    return [
      'title' => $this->reasonText->state($state),
      'tone' => match ($state) {
        'completed' => 'ok',
        'cancelled' => 'warning',
        default => 'error',
      },
      'meta' => array_filter([Value::plain($data['reason'] ?? NULL), $this->by($data)]),
      'text' => $message ?? Value::plain($data['note'] ?? NULL),
      'details' => [[$this->t('Output'), $data['output'] ?? NULL, $state === 'completed']],
    ];
  }

  /**
   * A draft that was saved, or that a test run proposes.
   *
   * The link comes from Drupal, not from the event.
   */
  private function change(array $data, array $links): array {
    $isTest = !empty($data['dry_run']);
    return [
      'title' => $this->sentence->saved($data),
      'tone' => $isTest ? 'info' : 'ok',
      'text' => Value::plain($data['summary'] ?? NULL),
      'meta' => $isTest ? [] : array_filter([
        $this->t('revision @id', ['@id' => (int) ($data['revision'] ?? 0)]),
        Value::plain($data['moderation_state'] ?? NULL),
      ]),
      'link' => $links[$isTest ? (string) Value::plain($data['change'] ?? NULL) : ($data['entity_type'] ?? '') . ':' . ($data['revision'] ?? '')] ?? NULL,
    ];
  }

  /**
   * Who did something.
   */
  private function by(array $data): mixed {
    $by = Value::plain($data['by'] ?? NULL);
    return $by === NULL ? NULL : $this->t('by @name', ['@name' => $by]);
  }

}
