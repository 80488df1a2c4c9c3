<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent\Version;

use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Entity\Agent;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\IntegrityConstraintViolationException;

/**
 * The versions of agents' definitions. All SQL of their table.
 *
 * A version is kept when an agent is saved, by whatever way, and at the latest
 * when a run is made of it: configuration may be overridden in settings.php.
 *
 * @internal
 */
final class AgentVersions {

  private const string TABLE = 'background_agents_version';

  /**
   * Numbers that are tried while others keep versions of the same agent.
   */
  private const int TRIES = 10;

  public function __construct(
    private readonly Connection $database,
    private readonly Transactions $transactions,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Keeps what an agent is now, and returns its version.
   */
  public function keep(Agent $agent): AgentVersion {
    $document = VersionDocument::of($agent);
    $try = 0;
    while (TRUE) {
      $try++;
      // Again with a lock: in a transaction, a plain SELECT may not see what
      // another one has just committed.
      $found = $this->byHash((string) $agent->id(), VersionDocument::hash($document), $try > 1);
      if ($found !== NULL) {
        return $found;
      }
      try {
        $this->transactions->run(fn () => $this->insert((string) $agent->id(), $document));
      }
      catch (IntegrityConstraintViolationException $taken) {
        if ($try === self::TRIES) {
          throw $taken;
        }
      }
    }
  }

  /**
   * The version that an agent is now; NULL: it was not kept.
   */
  public function present(Agent $agent): ?AgentVersion {
    return $this->byHash((string) $agent->id(), VersionDocument::hash(VersionDocument::of($agent)));
  }

  /**
   * A version by its number; NULL: it is not kept.
   */
  public function load(string $agent, int $number): ?AgentVersion {
    return $this->one($agent, 'number', $number);
  }

  /**
   * Returns the versions of an agent, the newest first.
   *
   * @return list<\Drupal\background_agents\Agent\Version\AgentVersion>
   *   At most so many.
   */
  public function newest(string $agent, int $limit): array {
    $rows = $this->database->select(self::TABLE, 'v')->fields('v')
      ->condition('agent', $agent)
      ->orderBy('number', 'DESC')
      ->range(0, $limit)
      ->execute()
      ->fetchAll();
    return array_map(AgentVersion::of(...), $rows);
  }

  /**
   * Deletes versions that nothing names any more.
   *
   * What the agents are now stays, and the newest of each agent: numbers are
   * not given twice.
   *
   * @param array<string, string|null> $present
   *   Hashes of what the agents of the site are now, by agent.
   * @param int $limit
   *   At most so many.
   */
  public function deleteUnused(array $present, int $limit): void {
    $agents = array_keys($present) ?: [''];
    $hashes = array_map(static fn (string $agent, ?string $hash): string => "$agent $hash", array_keys($present), $present) ?: [''];
    // What stays is not counted, else it would stand in the way of the others.
    $unused = 'SELECT v.agent, v.number FROM {background_agents_version} v'
      . ' WHERE (v.agent NOT IN (:agents[]) OR (CONCAT(v.agent, :space, v.hash) NOT IN (:present[]) AND v.number < (SELECT MAX(m.number) FROM {background_agents_version} m WHERE m.agent = v.agent)))'
      . ' AND NOT EXISTS (SELECT 1 FROM {background_agents_run} r WHERE r.agent = v.agent AND r.agent_version = v.number)'
      . ' AND NOT EXISTS (SELECT 1 FROM {background_agents_change} c WHERE c.agent = v.agent AND c.agent_version = v.number)'
      . ' AND NOT EXISTS (SELECT 1 FROM {background_agents_provenance} p WHERE p.agent = v.agent AND p.version = v.number)';
    $arguments = [':space' => ' ', ':agents[]' => $agents, ':present[]' => $hashes];
    $rows = $this->database->queryRange($unused, 0, $limit, $arguments)->fetchAll();
    foreach ($rows as $row) {
      $this->database->delete(self::TABLE)->condition('agent', $row->agent)->condition('number', $row->number)->execute();
    }
  }

  private function insert(string $agent, string $document): void {
    $newest = (int) $this->database->query('SELECT MAX(number) FROM {background_agents_version} WHERE agent = :agent', [':agent' => $agent])->fetchField();
    $this->database->insert(self::TABLE)->fields([
      'agent' => $agent,
      'number' => $newest + 1,
      'hash' => VersionDocument::hash($document),
      'created' => $this->time->getCurrentTime(),
      'document' => $document,
    ])->execute();
  }

  private function byHash(string $agent, string $hash, bool $isLocking = FALSE): ?AgentVersion {
    return $this->one($agent, 'hash', $hash, $isLocking);
  }

  private function one(string $agent, string $column, int|string $value, bool $isLocking = FALSE): ?AgentVersion {
    $query = $this->database->select(self::TABLE, 'v')->fields('v')->condition('agent', $agent)->condition($column, $value);
    $row = ($isLocking ? $query->forUpdate() : $query)->execute()->fetchObject();
    return $row === FALSE ? NULL : AgentVersion::of($row);
  }

}
