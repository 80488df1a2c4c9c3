<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;

/**
 * Which questions of runs people were told of. All SQL of its table.
 *
 * A question keeps its id when a run that was lost asks it again, so nobody is
 * told of it twice.
 *
 * @internal
 */
final class NoticeStore {

  private const TABLE = 'background_agents_notice';

  /**
   * Whether this request has noted something to be told.
   */
  private bool $noted = FALSE;

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Notes that people have to be told, unless they were.
   *
   * Call it in the transaction that makes the run wait, with its row locked.
   *
   * @param int $run
   *   Numeric id of the run.
   * @param string $question
   *   Id of the question.
   */
  public function note(int $run, string $question): void {
    $key = ['run' => $run, 'question' => self::hash($question)];
    $known = $this->database->select(self::TABLE, 'n')->fields('n', ['run'])
      ->condition('run', $key['run'])->condition('question', $key['question'])->execute()->fetchField();
    if ($known === FALSE) {
      $this->database->insert(self::TABLE)->fields($key + ['created' => $this->time->getCurrentTime()])->execute();
      $this->noted = TRUE;
    }
  }

  /**
   * Whether this request noted something.
   */
  public function wasTouched(): bool {
    return $this->noted;
  }

  /**
   * Takes what nobody was told of yet, oldest first: each is given out once.
   *
   * @return array<array{run: int, question: string}>
   *   Numeric id of the run, and the hash of the question's id.
   */
  public function take(int $limit): array {
    $this->noted = FALSE;
    $rows = $this->database->select(self::TABLE, 'n')->fields('n', ['run', 'question'])
      ->isNull('told')->orderBy('created')->orderBy('run')->range(0, $limit)->execute()->fetchAll();
    $taken = array_filter($rows, fn (\stdClass $row): bool => (bool) $this->database->update(self::TABLE)
      ->fields(['told' => $this->time->getCurrentTime()])
      ->condition('run', $row->run)->condition('question', $row->question)->isNull('told')
      ->execute());
    return array_values(array_map(static fn (\stdClass $row): array => [
      'run' => (int) $row->run,
      'question' => $row->question,
    ], $taken));
  }

  /**
   * What stands for a question here.
   */
  public static function hash(string $question): string {
    return hash('sha256', $question);
  }

  /**
   * Deletes what belongs to some runs.
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
