<?php

declare(strict_types=1);

namespace Drupal\background_agents_flowdrop;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunDocument;
use Drupal\background_agents\Run\RunState;

/**
 * What a node gives to the nodes behind it.
 *
 * @internal
 */
final class RunOutputs {

  public function __construct(
    private readonly RunData $data,
    private readonly RunDocument $documents,
  ) {}

  /**
   * The outputs, as FlowDrop describes them.
   */
  public static function schema(): array {
    return [
      'type' => 'object',
      'properties' => [
        'run' => ['type' => 'string', 'description' => 'UUID of the run; empty when it was refused.'],
        'state' => [
          'type' => 'string',
          'description' => 'State of the run: queued, running, completed, failed and so on; refused when there is none.',
        ],
        'succeeded' => ['type' => 'boolean', 'description' => 'Whether the run was completed.'],
        'output' => ['type' => 'any', 'description' => 'What the agent answered.'],
        'text' => ['type' => 'string', 'description' => 'What the agent answered, as text.'],
        'drafts' => [
          'type' => 'array',
          'description' => 'The drafts of the run: uuid, entity_type, entity_id, label, operation and status of each.',
        ],
        'detail' => ['type' => 'string', 'description' => 'Why the run was refused, or how it ended.'],
      ],
    ];
  }

  /**
   * The outputs of a run.
   */
  public function of(Run $run, string $detail): array {
    $output = $this->data->output((int) $run->id());
    $written = json_encode($output, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
    return [
      'run' => $run->uuid(),
      'state' => $run->getState()->value,
      'succeeded' => $run->getState() === RunState::Completed,
      // Nodes of FlowDrop hand arrays on, not objects.
      'output' => json_decode($written, TRUE, 512, JSON_THROW_ON_ERROR),
      'text' => is_string($output) ? $output : ($output === NULL ? '' : $written),
      'drafts' => array_map(self::draft(...), $this->documents->changes($run)),
      'detail' => $detail,
    ];
  }

  /**
   * The outputs without a run, or with one that is about to be made.
   */
  public static function without(string $detail, string $state = 'refused', string $run = ''): array {
    return [
      'run' => $run,
      'state' => $state,
      'succeeded' => FALSE,
      'output' => NULL,
      'text' => '',
      'drafts' => [],
      'detail' => $detail,
    ];
  }

  private static function draft(Change $change): array {
    return [
      'uuid' => $change->uuid(),
      'entity_type' => $change->getTargetEntityTypeId(),
      'entity_id' => $change->getTargetId(),
      'label' => $change->getTargetLabel(),
      'operation' => $change->getOperation(),
      'status' => $change->getStatus(),
    ];
  }

}
