<?php

declare(strict_types=1);

namespace Drupal\background_agents\Timeline;

use Drupal\background_agents\Progress\StepSentence;
use Drupal\background_agents\Progress\ToolCall;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Says in words what one item of the timeline is.
 *
 * A view is an array with
 * - key: string, stable while the run goes on
 * - tone: info, ok, warning, error or live
 * - title: markup or text
 * - sentence: what it came to, where the title does not say it; else missing
 * - meta: list of short texts
 * - text: what was said, plain text, or NULL
 * - details: list of ['key', 'label', 'text', 'bytes', 'open']
 * - time, clock: ISO time, and the time of day for people
 * - link: \Drupal\Core\Url or NULL.
 *
 * @internal
 */
final class ItemView {

  use StringTranslationTrait;

  public function __construct(
    private readonly DateFormatterInterface $dateFormatter,
    private readonly EventView $events,
    private readonly StepSentence $sentence,
  ) {}

  /**
   * The view of an item of a group.
   *
   * @param array<string, mixed> $item
   *   The item, see Timeline.
   * @param bool $live
   *   Whether the run goes on.
   * @param array<string, \Drupal\Core\Url> $links
   *   Links to drafts, keyed by "entity type:revision id".
   * @param array<string, string> $labels
   *   Names of items that calls are about, by UUID.
   *
   * @return array<string, mixed>
   *   The view.
   */
  public function view(array $item, bool $live, array $links, array $labels): array {
    $event = $item['start'] ?? $item['end'];
    $time = (string) ($event['time'] ?? '');
    $view = match ($item['kind']) {
      'model' => $this->model($item, $live),
      'tool' => $this->tool($item, $live, $labels),
      default => $this->events->view($event, $links),
    };
    $view += ['tone' => 'info', 'meta' => [], 'text' => NULL, 'details' => [], 'link' => NULL];
    $view['key'] = 'e' . $item['seq'];
    $view['time'] = $time;
    $view['clock'] = $time !== '' ? $this->dateFormatter->format((int) strtotime($time), 'custom', 'H:i:s') : '';
    $view['details'] = $this->details($view['key'], $view['details']);
    return $view;
  }

  /**
   * A model request and its answer.
   */
  private function model(array $item, bool $live): array {
    $asked = $item['start']['data'] ?? [];
    $answer = $item['end']['data'] ?? NULL;
    $error = $answer['error'] ?? NULL;
    return [
      'title' => $this->t('Model request'),
      'sentence' => $answer === NULL ? $this->sentence->asking() : $this->sentence->answered($answer),
      'tone' => $answer === NULL ? $this->openTone($live) : ($error ? 'error' : 'ok'),
      'meta' => array_filter([
        Value::text((string) ($answer['model'] ?? $asked['model'] ?? ''))['text'],
        ($asked['try'] ?? 1) > 1 ? $this->t('try @number', ['@number' => (int) $asked['try']]) : NULL,
        $answer === NULL ? $this->openWord($live) : NULL,
        $this->milliseconds($answer),
        $this->tokens($answer),
        $this->finishReason($answer),
      ]),
      'text' => $error ? $this->errorText($error) : Value::plain($answer['text'] ?? NULL),
      'details' => [
        [$this->t('What the model was sent'), $asked['messages'] ?? NULL, FALSE],
        [
          $this->t('Tools it could call'),
          implode("\n", array_filter((array) ($asked['tools'] ?? []), is_string(...))),
          FALSE,
        ],
        [$this->t('Tools that were left out'), Value::leftOut($asked), TRUE],
        [$this->t('Tool calls it asked for'), $answer['tool_calls'] ?? NULL, FALSE],
        [$this->t('Error'), $error, FALSE],
      ],
    ];
  }

  /**
   * A tool call and its result.
   */
  private function tool(array $item, bool $live, array $labels): array {
    $start = $item['start']['data'] ?? [];
    $end = $item['end']['data'] ?? NULL;
    $status = $end['status'] ?? NULL;
    $failed = $end !== NULL && $status !== 'ok';
    $call = ToolCall::of($start + ($end ?? []));
    return [
      'title' => $end === NULL ? $this->sentence->calling($call, $labels) : $this->sentence->called($call, $labels, $end),
      'tone' => match (TRUE) {
        $end === NULL => $this->openTone($live),
        $status === 'ok' => 'ok',
        $status === 'error' => 'error',
        default => 'warning',
      },
      'meta' => array_filter([
        Value::text($call->tool)['text'],
        $end === NULL ? $this->openWord($live) : NULL,
        match ($status) {
          'error' => $this->t('error, told to the model'),
          'retry' => $this->t('to be tried again'),
          'unknown' => $this->t('sent, but no answer came'),
          default => NULL,
        },
        $this->milliseconds($end),
      ]),
      'text' => Value::plain($start['label'] ?? NULL) ?? ($failed ? $this->errorText($end['result'] ?? $end['error'] ?? NULL) : NULL),
      'details' => [
        [$this->t('Arguments'), $start['arguments'] ?? NULL, FALSE],
        [$failed ? $this->t('Error') : $this->t('Result'), $end['result'] ?? $end['error'] ?? NULL, FALSE],
      ],
    ];
  }

  /**
   * Prepares collapsible values; empty ones are dropped.
   */
  private function details(string $key, array $details): array {
    $views = [];
    foreach (array_values($details) as $number => [$label, $value, $open]) {
      if (!Value::isEmpty($value)) {
        $views[] = ['key' => $key . '-' . $number, 'label' => $label, 'open' => $open] + Value::text($value);
      }
    }
    return $views;
  }

  /**
   * The sentence of a problem document or of an error of a model.
   */
  private function errorText(mixed $error): ?string {
    if ($error instanceof \stdClass) {
      $error = json_decode((string) json_encode($error), TRUE);
    }
    if (is_array($error)) {
      $error = $error['error'] ?? $error;
    }
    if (is_array($error)) {
      $error = $error['detail'] ?? $error['message'] ?? $error['title'] ?? NULL;
    }
    return Value::plain($error);
  }

  private function openTone(bool $live): string {
    return $live ? 'live' : 'warning';
  }

  private function openWord(bool $live): mixed {
    return $live ? $this->t('under way') : $this->t('no answer');
  }

  private function milliseconds(?array $data): mixed {
    return isset($data['milliseconds']) ? $this->t('@number s', ['@number' => number_format($data['milliseconds'] / 1000, 2)]) : NULL;
  }

  private function tokens(?array $data): mixed {
    $usage = $data['usage'] ?? NULL;
    if (!is_array($usage)) {
      return NULL;
    }
    return $this->t('@in tokens in, @out out', [
      '@in' => number_format((int) ($usage['input_tokens'] ?? 0)),
      '@out' => number_format((int) ($usage['output_tokens'] ?? 0)),
    ]);
  }

  private function finishReason(?array $data): mixed {
    $reason = $data['finish_reason'] ?? NULL;
    return in_array($reason, [NULL, 'stop', 'end_turn', 'tool_call', 'tool_calls', 'tool_use'], TRUE) ? NULL : Value::plain($reason);
  }

}
