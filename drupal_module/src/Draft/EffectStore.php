<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;

/**
 * Idempotency records: what was done under a key, and what was answered.
 *
 * @internal
 */
final class EffectStore {

  private const string TABLE = 'background_agents_effect';

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * The stored answer of a key; NULL when nothing was done under it.
   *
   * @param int $run
   *   Numeric id of the run.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   422 `key_reused` when the key came with another request.
   */
  public function answer(int $run, string $key, string $hash): ?DraftAnswer {
    $row = $this->database->select(self::TABLE, 'e')
      ->fields('e', ['request_hash', 'answer'])
      ->condition('run', $run)
      ->condition('effect_key', $key)
      ->execute()
      ->fetchAssoc();
    if ($row === FALSE) {
      return NULL;
    }
    if (!hash_equals($row['request_hash'], $hash)) {
      throw ProblemException::of(422, 'key_reused', 'The key was used for another request', 'The same key came with another request before. The journal of the run does not fit: let the run fail.');
    }
    return new DraftAnswer(json_decode($row['answer'], TRUE, 512, JSON_THROW_ON_ERROR), TRUE);
  }

  /**
   * Takes the key, in the transaction of the effect.
   *
   * @throws \Drupal\Core\Database\IntegrityConstraintViolationException
   *   When another request has it: ask answer() after the rollback.
   */
  public function take(int $run, DraftRequest $request): void {
    $this->database->insert(self::TABLE)->fields([
      'run' => $run,
      'effect_key' => $request->key,
      'request_hash' => $request->hash,
      'attempt' => $request->attempt,
      'generation' => $request->generation,
      'operation' => $request->operation,
      'entity_type' => $request->entityType,
      'status' => 0,
      'created' => $this->time->getRequestTime(),
    ])->execute();
  }

  /**
   * Stores the answer under the key, in the same transaction.
   *
   * @param array<string, mixed> $answer
   *   The answer of the contract `draft`.
   */
  public function finish(int $run, array $answer): void {
    $this->database->update(self::TABLE)
      ->fields([
        'entity_id' => $answer['entity_id'],
        'status' => 201,
        'answer' => Json::encode($answer),
      ])
      ->condition('run', $run)
      ->condition('effect_key', $answer['key'])
      ->execute();
  }

  /**
   * Notes what code of the site saved in the run, which nobody asked by a key.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   * @param array<string, mixed> $document
   *   The answer of the contract `draft`.
   */
  public function add(Run $run, array $document): void {
    $this->database->insert(self::TABLE)->fields([
      'run' => $run->id(),
      'effect_key' => $document['key'],
      'request_hash' => $document['key'],
      'attempt' => $run->getAttempt(),
      'generation' => $run->getGeneration(),
      'operation' => $document['operation'],
      'entity_type' => $document['entity_type'],
      'status' => 0,
      'created' => $this->time->getRequestTime(),
    ])->execute();
    $this->finish((int) $run->id(), $document);
  }

  /**
   * What a run has done, oldest first.
   *
   * @return array[]
   *   key, operation, generation, created (Unix time) and answer of each.
   */
  public function all(int $run): array {
    $rows = $this->database->select(self::TABLE, 'e')
      ->fields('e', ['effect_key', 'operation', 'generation', 'created', 'answer'])
      ->condition('run', $run)
      ->orderBy('created')
      ->orderBy('effect_key')
      ->execute()
      ->fetchAll();
    return array_map(static fn (\stdClass $row): array => [
      'key' => $row->effect_key,
      'operation' => $row->operation,
      'generation' => (int) $row->generation,
      'created' => (int) $row->created,
      'answer' => json_decode($row->answer ?? '{}', TRUE, 512, JSON_THROW_ON_ERROR),
    ], $rows);
  }

  /**
   * Deletes the records of some runs.
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
