<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\IntegrityConstraintViolationException;

/**
 * What each person is told. All SQL of its table.
 *
 * @internal
 */
final class PersonNotices {

  private const string TABLE = 'background_agents_person_notice';

  /**
   * Rows that are deleted, or told in one mail, at a time.
   */
  private const int ROWS = 1000;

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
    private readonly NoticeChoices $choices,
  ) {}

  /**
   * Tells somebody, unless they were told of the same.
   */
  public function add(Notice $notice): void {
    $key = ['uid' => $notice->uid, 'kind' => $notice->kind->value, 'subject' => hash('sha256', $notice->subject)];
    $known = $this->database->select(self::TABLE, 'n')->fields('n', ['id']);
    foreach ($key as $column => $value) {
      $known->condition($column, $value);
    }
    if ($known->execute()->fetchField() !== FALSE) {
      return;
    }
    $now = $this->time->getCurrentTime();
    $mode = $this->choices->of($notice->uid)[$notice->kind->value];
    // A savepoint: PostgreSQL would refuse the rest of the transaction.
    $savepoint = $this->database->startTransaction();
    try {
      $this->database->insert(self::TABLE)->fields($key + [
        'agent' => $notice->agent,
        'run' => $notice->run,
        'amount' => $notice->amount,
        'draft' => $notice->draft,
        'created' => $now,
        'mode' => $mode->value,
        'mailed' => $mode === NoticeMode::Never ? 0 : NULL,
      ])->execute();
    }
    catch (IntegrityConstraintViolationException) {
      // Another process told them at the same moment.
      $savepoint->rollBack();
    }
  }

  /**
   * Those who have something to be mailed, who has waited longest first.
   *
   * @param \Drupal\background_agents\Notice\NoticeMode $mode
   *   At once, or with the digest.
   * @param int $before
   *   Only those whose last such mail is not younger than this.
   * @param int $limit
   *   At most so many.
   *
   * @return int[]
   *   Ids of accounts.
   */
  public function due(NoticeMode $mode, int $before, int $limit): array {
    $query = $this->database->select(self::TABLE, 'n')->fields('n', ['uid'])
      ->isNull('n.mailed')->condition('n.mode', $mode->value);
    $query->leftJoin(NoticeChoices::TABLE, 'c', '[c].[uid] = [n].[uid]');
    $query->condition($query->orConditionGroup()
      ->isNull('c.uid')
      ->condition($query->andConditionGroup()
        ->condition('c.' . NoticeChoices::lastMail($mode), $before, '<=')
        ->condition('c.claimed_until', $this->time->getCurrentTime(), '<=')));
    $query->addExpression('MIN([n].[id])', 'first');
    return array_map(intval(...), $query->groupBy('n.uid')->orderBy('first')->range(0, $limit)->execute()->fetchCol());
  }

  /**
   * What a person has not got by mail yet, the oldest first.
   *
   * @return \Drupal\background_agents\Notice\Notice[]
   *   The notices.
   */
  public function unmailed(int $uid, NoticeMode $mode): array {
    return $this->notices($this->database->select(self::TABLE, 'n')->fields('n')
      ->condition('uid', $uid)->isNull('mailed')->condition('mode', $mode->value)
      ->orderBy('id')->range(0, self::ROWS)->execute()->fetchAll());
  }

  /**
   * Notes that notices were mailed.
   *
   * @param \Drupal\background_agents\Notice\Notice[] $notices
   *   The notices.
   * @param int $time
   *   When; 0: they will not be.
   */
  public function mailed(array $notices, int $time): void {
    if ($notices !== []) {
      $this->database->update(self::TABLE)->fields(['mailed' => $time])
        ->condition('id', array_map(static fn (Notice $notice): int => $notice->id, $notices), 'IN')->execute();
    }
  }

  /**
   * A page of what a person was told, the newest first.
   *
   * @return \Drupal\background_agents\Notice\Notice[]
   *   The notices.
   */
  public function page(int $uid, int $offset, int $limit): array {
    return $this->notices($this->database->select(self::TABLE, 'n')->fields('n')
      ->condition('uid', $uid)->orderBy('id', 'DESC')->range($offset, $limit)->execute()->fetchAll());
  }

  /**
   * How many a person has not seen.
   */
  public function unseen(int $uid): int {
    return (int) $this->database->select(self::TABLE, 'n')->condition('uid', $uid)->isNull('seen')->countQuery()->execute()->fetchField();
  }

  /**
   * Notes that a person has seen all of them.
   */
  public function seen(int $uid): void {
    $this->database->update(self::TABLE)->fields(['seen' => $this->time->getCurrentTime()])->condition('uid', $uid)->isNull('seen')->execute();
  }

  /**
   * Lets what was not mailed yet follow the new choice of a person.
   *
   * @param int $uid
   *   The person.
   * @param array<string, \Drupal\background_agents\Notice\NoticeMode> $choices
   *   By kind.
   */
  public function rechoose(int $uid, array $choices): void {
    foreach ($choices as $kind => $mode) {
      $this->database->update(self::TABLE)
        ->fields(['mode' => $mode->value] + ($mode === NoticeMode::Never ? ['mailed' => 0] : []))
        ->condition('uid', $uid)->condition('kind', $kind)->isNull('mailed')->execute();
    }
  }

  /**
   * Deletes what belongs to some runs.
   *
   * @param int[] $runs
   *   Numeric ids.
   */
  public function deleteOfRuns(array $runs): void {
    if ($runs !== []) {
      $this->database->delete(self::TABLE)->condition('run', $runs, 'IN')->execute();
    }
  }

  /**
   * Deletes what a person was told.
   */
  public function deleteOf(int $uid): void {
    $this->database->delete(self::TABLE)->condition('uid', $uid)->execute();
  }

  /**
   * Deletes what its retention is over for.
   */
  public function deleteBefore(int $time): void {
    $ids = $this->database->select(self::TABLE, 'n')->fields('n', ['id'])->condition('created', $time, '<')->orderBy('id')->range(0, self::ROWS)->execute()->fetchCol();
    if ($ids !== []) {
      $this->database->delete(self::TABLE)->condition('id', $ids, 'IN')->execute();
    }
  }

  /**
   * Makes notices of rows.
   *
   * @return \Drupal\background_agents\Notice\Notice[]
   */
  private function notices(array $rows): array {
    return array_map(Notice::fromRow(...), $rows);
  }

}
