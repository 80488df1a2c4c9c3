<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Draft\EffectStore;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Report\EventStore;

/**
 * What effects a run had, and in which state each is.
 *
 * Drafts are known by their idempotency records. Calls that cannot be repeated
 * are known by the checkpoint that is stored before each, and by events.
 *
 * @internal
 */
final class Effects {

  /**
   * A unit that is a tool call: step, tool, id of the call.
   */
  private const string CALL = '~^s\d+/\d+/(.+)@[^@]*$~';

  public function __construct(
    private readonly EffectStore $effects,
    private readonly EventStore $events,
    private readonly CheckpointStore $checkpoints,
    private readonly RunDocument $document,
  ) {}

  /**
   * The effects of a run in all its generations: drafts, then calls.
   *
   * @return array[]
   *   As in docs/reference/protocol.md, each oldest first.
   */
  public function of(Run $run): array {
    return [...$this->drafts($run), ...array_values($this->calls($run))];
  }

  private function drafts(Run $run): array {
    $changes = [];
    foreach ($this->document->changes($run) as $change) {
      $changes[$change->getEffectKey()] = ['uuid' => $change->uuid(), 'status' => $change->getStatus()];
    }
    $names = array_flip(['entity_type', 'bundle', 'entity', 'revision', 'langcode', 'label']);
    return array_map(static fn (array $effect): array => [
      'key' => $effect['key'],
      'kind' => 'draft',
      'operation' => $effect['operation'],
      'status' => 'done',
      'generation' => $effect['generation'],
      'time' => Json::time($effect['created']),
      'change' => $changes[$effect['key']] ?? NULL,
    ] + array_intersect_key($effect['answer'], $names), $this->effects->all((int) $run->id()));
  }

  /**
   * Calls that cannot be repeated, by their keys.
   */
  private function calls(Run $run): array {
    // Nobody has an answer: under way, or nobody knows any more.
    $open = $run->getState() === RunState::Running ? 'started' : 'in_doubt';
    $calls = $this->fromEvents($run, $open);
    foreach ($this->checkpoints->readable((int) $run->id(), $run->getGeneration()) as $checkpoint) {
      foreach (get_object_vars($checkpoint->units ?? new \stdClass()) as $unit => $record) {
        $key = self::key($run, $run->getGeneration(), $unit);
        if (!property_exists($record, 'v') && preg_match(self::CALL, $unit, $match)) {
          $calls += [$key => self::call($run, $unit, $match[1], $run->getGeneration(), $open, NULL)];
        }
        elseif (($calls[$key]['status'] ?? NULL) === $open) {
          // Its event is still on its way.
          $calls[$key]['status'] = 'done';
        }
      }
    }
    return array_filter($calls, static fn (array $call): bool => $call['status'] !== 'not_done');
  }

  private function fromEvents(Run $run, string $open): array {
    $calls = [];
    $generation = 1;
    foreach ($this->events->ofTypes((int) $run->id(), ['run_queued', 'run_started', 'tool_started', 'tool_finished']) as [
      $type,
      $time,
      $data,
    ]) {
      $generation = (int) ($data->generation ?? $generation);
      $unit = (string) ($data->unit ?? '');
      $key = self::key($run, $generation, $unit);
      if ($type === 'tool_started' && ($data->repeatable ?? TRUE) === FALSE) {
        $calls[$key] = self::call($run, $unit, (string) $data->tool, $generation, $open, $time);
      }
      elseif ($type === 'tool_finished' && isset($calls[$key])) {
        $calls[$key]['status'] = match ($data->status ?? '') {
          'ok' => 'done',
          'error' => 'error',
          'retry' => 'not_done',
          default => $open,
        };
      }
    }
    return $calls;
  }

  private static function call(Run $run, string $unit, string $tool, int $generation, string $status, ?string $time): array {
    return [
      'key' => self::key($run, $generation, $unit),
      'kind' => 'call',
      'operation' => $tool,
      'status' => $status,
      'generation' => $generation,
      'time' => $time,
      'unit' => $unit,
    ];
  }

  /**
   * The key of an effect, as the sidecar makes it.
   */
  private static function key(Run $run, int $generation, string $unit): string {
    return hash('sha256', "{$run->uuid()}:$generation:$unit");
  }

}
