<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Contract\Json;
use Drupal\Core\Database\Connection;

/**
 * Input, items, waiting and output of runs, which are no entity fields.
 *
 * Values are what JSON decodes to, with objects as \stdClass.
 *
 * @internal
 */
final class RunData {

  private const TABLE = 'background_agents_run_data';

  public function __construct(
    private readonly Connection $database,
  ) {}

  /**
   * Stores what a new run starts with.
   *
   * @param int $run
   *   Numeric id of the run.
   * @param \stdClass $input
   *   The input.
   * @param array[] $items
   *   Content items, when the run stands for many.
   */
  public function insert(int $run, \stdClass $input, array $items = []): void {
    $this->database->insert(self::TABLE)->fields([
      'run' => $run,
      'input' => Json::encode($input),
      'items' => $items === [] ? NULL : Json::encode($items),
    ])->execute();
  }

  /**
   * The input of a run.
   */
  public function input(int $run): \stdClass {
    return $this->read($run)['input'] ?? new \stdClass();
  }

  /**
   * The structured output or the text of a run; NULL: none.
   */
  public function output(int $run): mixed {
    return $this->read($run)['output'];
  }

  /**
   * Everything of a run.
   *
   * @return array{input: ?\stdClass, items: ?array, waiting: ?\stdClass, output: mixed}
   */
  public function read(int $run): array {
    $row = $this->database->select(self::TABLE, 'd')->fields('d', ['input', 'items', 'waiting', 'output'])->condition('run', $run)->execute()->fetchAssoc();
    $row = $row ?: ['input' => NULL, 'items' => NULL, 'waiting' => NULL, 'output' => NULL];
    return array_map(static fn (?string $json): mixed => $json === NULL ? NULL : json_decode($json, FALSE, 512, JSON_THROW_ON_ERROR), $row);
  }

  /**
   * Stores what a run waits for; NULL: it does not wait.
   */
  public function setWaiting(int $run, ?array $waiting): void {
    $this->set($run, 'waiting', $waiting);
  }

  /**
   * Stores the output.
   */
  public function setOutput(int $run, mixed $output): void {
    $this->set($run, 'output', $output);
  }

  private function set(int $run, string $column, mixed $value): void {
    $this->database->update(self::TABLE)
      ->fields([$column => $value === NULL ? NULL : Json::encode($value)])
      ->condition('run', $run)
      ->execute();
  }

  /**
   * Deletes the values of some runs.
   *
   * @param int[] $runs
   *   Numeric ids.
   */
  public function delete(array $runs): void {
    if ($runs !== []) {
      $this->database->delete(self::TABLE)->condition('run', $runs, 'IN')->execute();
    }
  }

}
