<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;

/**
 * Which questions and ends of runs people were told of. All SQL of its table.
 *
 * A question keeps its id when a run that was lost asks it again, so nobody is
 * told of it twice.
 *
 * @internal
 */
final class NoticeStore {

  private const TABLE = 'background_agents_notice';

  // What is told: that a run asks, or that it has ended.
  public const string QUESTION = 'question';
  public const string END = 'end';

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
   *
   * @return bool
   *   FALSE when it was noted before.
   */
  public function note(int $run, string $question): bool {
    return $this->keep($run, $question, self::QUESTION);
  }

  /**
   * Notes that a generation of a run has ended, in the transaction of the end.
   */
  public function noteEnd(int $run, int $generation): void {
    $this->keep($run, "end $generation", self::END);
  }

  private function keep(int $run, string $what, string $kind): bool {
    $key = ['run' => $run, 'question' => self::hash($what)];
    $known = $this->database->select(self::TABLE, 'n')->fields('n', ['run'])
      ->condition('run', $key['run'])->condition('question', $key['question'])->execute()->fetchField();
    if ($known === FALSE) {
      $this->database->insert(self::TABLE)->fields($key + ['kind' => $kind, 'created' => $this->time->getCurrentTime()])->execute();
      $this->noted = TRUE;
    }
    return $known === FALSE;
  }

  /**
   * Whether this request noted something.
   */
  public function wasTouched(): bool {
    return $this->noted;
  }

  /**
   * What nobody was told of yet, the oldest first.
   *
   * @return array<array{run: int, question: string, kind: string}>
   *   Numeric id of the run, the hash of the question's id, and what it is.
   */
  public function untold(int $limit): array {
    $this->noted = FALSE;
    $rows = $this->database->select(self::TABLE, 'n')->fields('n', ['run', 'question', 'kind'])
      ->isNull('told')->orderBy('created')->orderBy('run')->range(0, $limit)->execute()->fetchAll();
    return array_map(static fn (\stdClass $row): array => [
      'run' => (int) $row->run,
      'question' => $row->question,
      'kind' => $row->kind,
    ], $rows);
  }

  /**
   * Takes what is to be told: one process gets it, others get FALSE.
   */
  public function take(int $run, string $question): bool {
    return (bool) $this->database->update(self::TABLE)
      ->fields(['told' => $this->time->getCurrentTime()])
      ->condition('run', $run)->condition('question', $question)->isNull('told')
      ->execute();
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

  /**
   * Deletes ends that people were told of: none comes a second time.
   */
  public function deleteEndsBefore(int $time): void {
    $this->database->delete(self::TABLE)->condition('kind', self::END)->condition('told', $time, '<')->execute();
  }

}
