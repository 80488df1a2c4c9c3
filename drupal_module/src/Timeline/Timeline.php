<?php

declare(strict_types=1);

namespace Drupal\background_agents\Timeline;

/**
 * Groups the events of a run by step, and joins what belongs together.
 *
 * Pure: no Drupal, no output, PHP 8.2. A request and its answer become one
 * item, so do the start and the end of a tool call. A group is a stretch of
 * consecutive events of one step; events of the run itself ("paused",
 * "finished") are groups of their own. A timeline that is built from the first
 * event of any group on yields the same groups as the whole one, so that the
 * run page can ask for the tail only.
 *
 * An event is an array as in contracts/event.schema.json. A group is
 * @code
 * ['first' => int, 'last' => int, 'step' => ?int, 'continued' => bool,
 *  'start' => string, 'end' => string, 'done' => bool, 'failed' => bool,
 *  'input_tokens' => int, 'output_tokens' => int, 'items' => [...]]
 * @endcode
 * and an item
 * @code
 * ['seq' => int, 'kind' => 'model'|'tool'|'event', 'start' => ?array, 'end' => ?array]
 * @endcode
 * where start and end are events. Of kind "event" only start is set.
 *
 * @internal
 */
final class Timeline {

  /**
   * Groups events.
   *
   * @param array<int, array<string, mixed>> $events
   *   Events in the order of their numbers.
   *
   * @return array<int, array<string, mixed>>
   *   The groups, in order.
   */
  public static function group(array $events): array {
    $groups = [];
    $current = NULL;
    foreach ($events as $event) {
      $step = self::stepOf($event);
      // What comes after the end of a step and names none is no part of it.
      $own = self::isAboutTheRun($event) || ($step === NULL && ($current === NULL || $groups[$current]['done']));
      $joins = $current !== NULL && !$own && !$groups[$current]['about_run']
        && ($step === NULL || $step === $groups[$current]['step']) && ($event['type'] ?? '') !== 'step_started';
      if (!$joins) {
        if ($current !== NULL) {
          // The last step of a run has no end of its own: what follows ends it.
          $groups[$current]['done'] = TRUE;
        }
        $groups[] = self::emptyGroup($event, $own ? NULL : $step, $own);
        $current = array_key_last($groups);
      }
      self::add($groups[$current], $event);
    }
    return $groups;
  }

  /**
   * Makes an event of the event store one that group() takes.
   *
   * Only what is looked into becomes arrays. Values that are shown stay as
   * they are: an empty object must not become an empty list.
   *
   * @param array<string, mixed> $event
   *   An event whose data is an object.
   *
   * @return array<string, mixed>
   *   The event, with data as an array.
   */
  public static function normalise(array $event): array {
    $data = $event['data'] instanceof \stdClass ? get_object_vars($event['data']) : (array) $event['data'];
    foreach (['usage', 'error'] as $key) {
      if (($data[$key] ?? NULL) instanceof \stdClass) {
        $data[$key] = json_decode((string) json_encode($data[$key]), TRUE);
      }
    }
    foreach (['tools', 'arguments', 'result', 'messages', 'output'] as $key) {
      // A short form that stands for a value which is gone.
      if (($data[$key] ?? NULL) instanceof \stdClass && !empty($event['truncated']) && isset($data[$key]->preview, $data[$key]->bytes)) {
        $data[$key]->{'$ref'} = '';
      }
    }
    return ['data' => $data] + $event;
  }

  /**
   * The step that an event belongs to.
   *
   * @param array<string, mixed> $event
   *   An event.
   *
   * @return int|null
   *   The number of the step, NULL when the event does not say.
   */
  private static function stepOf(array $event): ?int {
    $step = $event['step'] ?? (in_array($event['type'] ?? '', ['step_started', 'step_finished'], TRUE) ? ($event['data']['number'] ?? NULL) : NULL);
    return is_int($step) ? $step : NULL;
  }

  /**
   * Whether an event is about the run as a whole.
   *
   * @param array<string, mixed> $event
   *   An event.
   *
   * @return bool
   *   TRUE for queued, started, waiting, paused and so on.
   */
  private static function isAboutTheRun(array $event): bool {
    return str_starts_with((string) ($event['type'] ?? ''), 'run_') && ($event['type'] !== 'run_retrying' || self::stepOf($event) === NULL);
  }

  /**
   * A group without items.
   *
   * @param array<string, mixed> $event
   *   The event that opens it.
   * @param int|null $step
   *   Number of the step.
   * @param bool $about_run
   *   Whether the group is about the run itself.
   *
   * @return array<string, mixed>
   *   The group.
   */
  private static function emptyGroup(array $event, ?int $step, bool $about_run): array {
    return [
      'first' => (int) ($event['seq'] ?? 0),
      'last' => (int) ($event['seq'] ?? 0),
      'step' => $step,
      'about_run' => $about_run,
      'continued' => TRUE,
      'start' => (string) ($event['time'] ?? ''),
      'end' => (string) ($event['time'] ?? ''),
      'done' => $about_run,
      'failed' => FALSE,
      'input_tokens' => 0,
      'output_tokens' => 0,
      'items' => [],
    ];
  }

  /**
   * Adds an event to a group: as an item, or as the end of one.
   *
   * @param array<string, mixed> $group
   *   The group.
   * @param array<string, mixed> $event
   *   The event.
   */
  private static function add(array &$group, array $event): void {
    $group['last'] = (int) ($event['seq'] ?? $group['last']);
    $group['end'] = (string) ($event['time'] ?? $group['end']);
    match ($event['type'] ?? '') {
      'step_started' => $group['continued'] = FALSE,
      'step_finished' => $group['done'] = TRUE,
      'model_requested' => self::open($group, 'model', $event),
      'model_responded' => self::close($group, 'model', $event),
      'tool_started' => self::open($group, 'tool', $event),
      'tool_finished' => self::close($group, 'tool', $event),
      default => $group['items'][] = self::item('event', $event),
    };
    self::count($group, $event);
  }

  /**
   * Adds up tokens and failures.
   *
   * @param array<string, mixed> $group
   *   The group.
   * @param array<string, mixed> $event
   *   The event.
   */
  private static function count(array &$group, array $event): void {
    $data = is_array($event['data'] ?? NULL) ? $event['data'] : [];
    if (($event['type'] ?? '') === 'model_responded') {
      $group['input_tokens'] += (int) ($data['usage']['input_tokens'] ?? 0);
      $group['output_tokens'] += (int) ($data['usage']['output_tokens'] ?? 0);
    }
    if (self::failed($event)) {
      $group['failed'] = TRUE;
    }
  }

  /**
   * Whether an event tells of a failure.
   *
   * @param array<string, mixed> $event
   *   An event.
   *
   * @return bool
   *   TRUE for a failed request, a failed tool call and a failed end.
   */
  public static function failed(array $event): bool {
    $data = is_array($event['data'] ?? NULL) ? $event['data'] : [];
    return match ($event['type'] ?? '') {
      'model_responded' => !empty($data['error']),
      'tool_finished' => ($data['status'] ?? 'ok') !== 'ok',
      'run_finished' => ($data['state'] ?? '') !== 'completed',
      'event_refused' => TRUE,
      default => FALSE,
    };
  }

  /**
   * Adds an item that waits for its end.
   */
  private static function open(array &$group, string $kind, array $event): void {
    $group['items'][] = self::item($kind, $event);
  }

  /**
   * Ends the item that an event belongs to; without one it becomes an item.
   */
  private static function close(array &$group, string $kind, array $event): void {
    foreach ($group['items'] as &$item) {
      if ($item['kind'] === $kind && $item['end'] === NULL && $item['start'] !== NULL && self::match($item['start'], $event)) {
        $item['end'] = $event;
        return;
      }
    }
    unset($item);
    $group['items'][] = ['seq' => (int) ($event['seq'] ?? 0), 'kind' => $kind, 'start' => NULL, 'end' => $event];
  }

  /**
   * Whether an end belongs to a start: by unit, else by call, else in order.
   */
  private static function match(array $start, array $end): bool {
    foreach (['unit', 'call'] as $key) {
      if (isset($start['data'][$key], $end['data'][$key])) {
        return $start['data'][$key] === $end['data'][$key];
      }
    }
    return TRUE;
  }

  /**
   * An item that starts with an event.
   */
  private static function item(string $kind, array $event): array {
    return ['seq' => (int) ($event['seq'] ?? 0), 'kind' => $kind, 'start' => $event, 'end' => NULL];
  }

}
