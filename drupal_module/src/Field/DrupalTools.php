<?php

declare(strict_types=1);

namespace Drupal\background_agents\Field;

use Drupal\background_agents\Draft\AttemptFence;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Guard\GuardedWork;
use Drupal\background_agents\Http\Problem;
use Drupal\background_agents\Run\CheckpointStore;

/**
 * The tools that run inside Drupal.
 *
 * @internal
 */
final class DrupalTools {

  public function __construct(
    private readonly AttemptFence $fence,
    private readonly CheckpointStore $checkpoints,
    private readonly GuardedWork $work,
    private readonly ContentDescriber $describer,
  ) {}

  /**
   * Calls a tool, after its checkpoint is stored.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run that calls.
   * @param int $attempt
   *   Its attempt.
   * @param \stdClass $call
   *   The document of the contract `tool-call`.
   *
   * @return array<string, mixed>
   *   The tool result of the contracts.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   409 `stale_attempt` or 401 `run_ended`.
   */
  public function call(Run $run, int $attempt, \stdClass $call): array {
    if (($call->checkpoint ?? NULL) === NULL) {
      $this->fence->pass($run, $attempt);
    }
    else {
      $this->checkpoints->store($run, $attempt, $call->checkpoint);
    }
    return $this->work->inTransaction(fn (): array => $this->answer($call->tool, $call->arguments));
  }

  /**
   * Answers a call; what a model can mend is a value.
   *
   * @return array<string, mixed>
   *   The tool result of the contracts. What a model can mend is a value.
   */
  private function answer(string $tool, \stdClass $arguments): array {
    if ($tool === 'checkpoint') {
      // It does nothing but carry its checkpoint: an effect outside Drupal
      // waits for that.
      return ['status' => 'ok', 'result' => NULL];
    }
    if ($tool !== 'describe_content') {
      return self::failed(new Problem(404, 'not_found', 'No such tool', sprintf('This site has no tool "%s". It has: describe_content.', $tool)));
    }
    foreach (['entity_type', 'bundle'] as $name) {
      if (!is_string($arguments->$name ?? '')) {
        return self::failed(new Problem(422, 'invalid', 'An argument is not valid', "\"$name\" is a machine name."));
      }
    }
    return [
      'status' => 'ok',
      'result' => $this->describer->describe($arguments->entity_type ?? NULL, $arguments->bundle ?? NULL),
    ];
  }

  private static function failed(Problem $problem): array {
    return ['status' => 'error', 'error' => $problem->toArray()];
  }

}
