<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\DatabaseException;
use Drupal\Core\Database\StatementInterface;

/**
 * The dispatch keys of people. All SQL of their table but KeyList's.
 *
 * @internal
 */
final class KeyStore {

  public const string TABLE = 'background_agents_key';

  /**
   * Seconds that pass at least between two notes of a use.
   */
  private const int USE_SECONDS = 60;

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * The key of a token, expired or not; NULL: there is none.
   */
  public function byToken(DispatchKeyToken $token): ?DispatchKey {
    $row = $this->rows(['id' => $token->id])[0] ?? NULL;
    // Compared in any case: the time does not tell whether there is such an id.
    $isRight = hash_equals($row->hash ?? str_repeat('0', 64), $token->hash());
    return $row !== NULL && $isRight ? self::key($row) : NULL;
  }

  /**
   * A key by its id.
   */
  public function load(string $id): ?DispatchKey {
    $row = $this->rows(['id' => $id])[0] ?? NULL;
    return $row === NULL ? NULL : self::key($row);
  }

  /**
   * The keys of a person, the newest first.
   *
   * @return \Drupal\background_agents\Key\DispatchKey[]
   *   The keys.
   */
  public function ofPerson(int $uid): array {
    return array_map(self::key(...), $this->rows(['uid' => $uid]));
  }

  /**
   * Keeps a new key.
   *
   * @throws \Drupal\Core\Database\IntegrityConstraintViolationException
   *   When there is one with its id.
   */
  public function insert(DispatchKey $key, DispatchKeyToken $token): void {
    $this->database->insert(self::TABLE)->fields([
      'id' => $key->id,
      'hash' => $token->hash(),
      'uid' => $key->uid,
      'created' => $key->created,
    ] + self::changeable($key))->execute();
  }

  /**
   * Keeps name, agents and expiry of a key.
   */
  public function update(DispatchKey $key): void {
    $this->database->update(self::TABLE)->fields(self::changeable($key))->condition('id', $key->id)->execute();
  }

  /**
   * Deletes keys of a person.
   *
   * @param int $uid
   *   The person.
   * @param string|null $id
   *   Id of one key; NULL: all.
   *
   * @return int
   *   How many there were.
   */
  public function delete(int $uid, ?string $id = NULL): int {
    $delete = $this->database->delete(self::TABLE)->condition('uid', $uid);
    return (int) ($id === NULL ? $delete : $delete->condition('id', $id))->execute();
  }

  /**
   * Notes that a key was used, once a minute at most.
   */
  public function used(DispatchKey $key, string $door, string $address): void {
    $now = $this->time->getCurrentTime();
    if (($key->lastUse->time ?? 0) > $now - self::USE_SECONDS) {
      return;
    }
    $update = $this->database->update(self::TABLE)->fields([
      'used' => $now,
      'used_door' => $door,
      'used_address' => $address,
    ])->condition('id', $key->id);
    $update->condition($update->orConditionGroup()->isNull('used')->condition('used', $now - self::USE_SECONDS, '<='))->execute();
  }

  /**
   * Whether there can be keys: not between new code and its updates.
   */
  public function isThere(): bool {
    return $this->database->schema()->tableExists(self::TABLE);
  }

  /**
   * Reads rows, the newest first.
   *
   * @param array<string, string|int> $conditions
   *   Values by column.
   *
   * @return \stdClass[]
   *   The rows.
   */
  private function rows(array $conditions): array {
    $query = $this->database->select(self::TABLE, 'k')->fields('k')->orderBy('created', 'DESC')->orderBy('id');
    foreach ($conditions as $column => $value) {
      $query->condition($column, $value);
    }
    try {
      $rows = $query->execute();
    }
    catch (DatabaseException $exception) {
      if ($this->isThere()) {
        throw $exception;
      }
      // New code, before its updates: nobody has a key yet.
      return [];
    }
    assert($rows instanceof StatementInterface);
    return $rows->fetchAll();
  }

  private static function changeable(DispatchKey $key): array {
    return [
      'name' => $key->name,
      'agents' => $key->agents === NULL ? NULL : json_encode($key->agents, JSON_THROW_ON_ERROR),
      'expires' => $key->expires,
    ];
  }

  /**
   * The key of a row of the table.
   */
  public static function key(\stdClass $row): DispatchKey {
    return new DispatchKey(
      $row->id,
      (int) $row->uid,
      $row->name,
      $row->agents === NULL ? NULL : json_decode($row->agents, TRUE, 4, JSON_THROW_ON_ERROR),
      (int) $row->created,
      $row->expires === NULL ? NULL : (int) $row->expires,
      $row->used === NULL ? NULL : new LastUse((int) $row->used, (string) $row->used_door, (string) $row->used_address),
    );
  }

}
