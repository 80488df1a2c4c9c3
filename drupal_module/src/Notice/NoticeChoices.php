<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\IntegrityConstraintViolationException;

/**
 * What people get by mail, and when they got the last one. All SQL of it.
 *
 * @internal
 */
final class NoticeChoices {

  public const string TABLE = 'background_agents_notice_choice';

  /**
   * Seconds in which a mail is sent, or another process may try.
   */
  private const int CLAIM = 600;

  /**
   * Seconds until a mail that failed is tried again.
   */
  private const int AGAIN = 900;

  public function __construct(
    private readonly Connection $database,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly TimeInterface $time,
  ) {}

  /**
   * What holds for a person: their own choice, else the site's.
   *
   * @return array<string, \Drupal\background_agents\Notice\NoticeMode>
   *   By kind; all kinds are there.
   */
  public function of(int $uid): array {
    $own = $this->own($uid);
    $site = (array) $this->configFactory->get('background_agents.settings')->get('notice.defaults');
    $choices = [];
    foreach (NoticeKind::cases() as $kind) {
      $choices[$kind->value] = NoticeMode::tryFrom((string) ($own[$kind->value] ?? $site[$kind->value] ?? '')) ?? NoticeMode::Never;
    }
    return $choices;
  }

  /**
   * What a person has chosen themselves.
   *
   * @return array<string, string>
   *   Mode by kind.
   */
  public function own(int $uid): array {
    $choices = $this->database->select(self::TABLE, 'c')->fields('c', ['choices'])->condition('uid', $uid)->execute()->fetchField();
    return $choices === FALSE ? [] : (array) json_decode((string) $choices, TRUE, 8, JSON_THROW_ON_ERROR);
  }

  /**
   * Those who have chosen to be mailed about a kind.
   *
   * @return int[]
   *   Ids of accounts.
   */
  public function whoChose(NoticeKind $kind, int $limit): array {
    $query = $this->database->select(self::TABLE, 'c')->fields('c', ['uid']);
    $any = $query->orConditionGroup();
    foreach ([NoticeMode::Now, NoticeMode::Digest] as $mode) {
      $any->condition('choices', '%' . $this->database->escapeLike(sprintf('"%s":"%s"', $kind->value, $mode->value)) . '%', 'LIKE');
    }
    return array_map(intval(...), $query->condition($any)->orderBy('uid')->range(0, $limit)->execute()->fetchCol());
  }

  /**
   * Keeps what a person has chosen.
   *
   * @param int $uid
   *   The person.
   * @param array<string, \Drupal\background_agents\Notice\NoticeMode> $choices
   *   By kind.
   */
  public function save(int $uid, array $choices): void {
    $this->make($uid);
    $modes = array_map(static fn (NoticeMode $mode): string => $mode->value, $choices);
    $this->database->update(self::TABLE)->fields(['choices' => json_encode((object) $modes, JSON_THROW_ON_ERROR)])->condition('uid', $uid)->execute();
  }

  /**
   * Takes the right to mail a person: one process at a time has it.
   *
   * @param int $uid
   *   The person.
   * @param \Drupal\background_agents\Notice\NoticeMode $mode
   *   Which mail.
   * @param int $before
   *   Only when the last one is not younger than this.
   */
  public function claim(int $uid, NoticeMode $mode, int $before): bool {
    $this->make($uid);
    $now = $this->time->getCurrentTime();
    return (bool) $this->database->update(self::TABLE)
      ->fields(['claimed_until' => $now + self::CLAIM])
      ->condition('uid', $uid)
      ->condition('claimed_until', $now, '<=')
      ->condition(self::lastMail($mode), $before, '<=')
      ->execute();
  }

  /**
   * Gives the right back, after the mail was sent or could not be.
   */
  public function release(int $uid, NoticeMode $mode, bool $isSent): void {
    $now = $this->time->getCurrentTime();
    $this->database->update(self::TABLE)
      ->fields($isSent ? ['claimed_until' => 0, self::lastMail($mode) => $now] : ['claimed_until' => $now + self::AGAIN])
      ->condition('uid', $uid)->execute();
  }

  /**
   * The column that says when a person got the last mail of a mode.
   */
  public static function lastMail(NoticeMode $mode): string {
    return $mode === NoticeMode::Digest ? 'digested' : 'mailed';
  }

  /**
   * Forgets a person.
   */
  public function delete(int $uid): void {
    $this->database->delete(self::TABLE)->condition('uid', $uid)->execute();
  }

  private function make(int $uid): void {
    $known = $this->database->select(self::TABLE, 'c')->fields('c', ['uid'])->condition('uid', $uid)->execute()->fetchField();
    if ($known !== FALSE) {
      return;
    }
    $savepoint = $this->database->startTransaction();
    try {
      $this->database->insert(self::TABLE)->fields(['uid' => $uid, 'choices' => '{}'])->execute();
    }
    catch (IntegrityConstraintViolationException) {
      // Another process made it at the same moment.
      $savepoint->rollBack();
    }
  }

}
