<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;

/**
 * The processes of the sidecar: where, how busy, how large. For people.
 *
 * Nothing is decided by it. All SQL of its table.
 *
 * @internal
 */
final class Processes {

  private const string TABLE = 'background_agents_process';

  /**
   * A sidecar tells once a minute at least; after so long it is gone.
   */
  public const int FRESH = 180;

  /**
   * What is not heard of for so long is forgotten.
   */
  private const int KEPT = 86400;

  private const array TEXTS = ['host' => 64, 'version' => 64, 'python' => 32];

  private const array NUMBERS = ['started', 'memory_mb', 'capacity', 'held', 'last_claim'];

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Keeps what a batch tells. Those that it does not name go stale.
   *
   * @param \stdClass[] $told
   *   The `processes` of a batch whose shape was checked.
   */
  public function store(array $told): void {
    if ($told === [] || !$this->isThere()) {
      return;
    }
    $now = $this->time->getCurrentTime();
    foreach ($told as $process) {
      $fields = [
        'doors' => (int) $process->doors,
        'worker' => (int) $process->worker,
        'heard' => $now - $this->age($process),
      ];
      foreach (self::TEXTS as $name => $length) {
        $fields[$name] = mb_substr((string) ($process->$name ?? ''), 0, $length);
      }
      foreach (self::NUMBERS as $name) {
        $fields[$name] = (int) ($process->$name ?? 0);
      }
      $this->database->merge(self::TABLE)->key('name', $process->name)->fields($fields)->execute();
    }
    $this->database->delete(self::TABLE)->condition('heard', $now - self::KEPT, '<')->execute();
  }

  /**
   * Those that still tell, by host.
   *
   * @return list<\Drupal\background_agents\Sidecar\Process>
   *   At most a thousand.
   */
  public function all(): array {
    if (!$this->isThere()) {
      return [];
    }
    $rows = $this->database->select(self::TABLE, 'p')->fields('p')
      ->condition('p.heard', $this->time->getCurrentTime() - self::FRESH, '>=')
      ->orderBy('p.host')->orderBy('p.name')->range(0, 1000)->execute();
    $found = [];
    foreach ($rows as $row) {
      $found[] = new Process($row->name, $row->host, (bool) $row->doors, (bool) $row->worker, $row->version, $row->python, (int) $row->started, (int) $row->memory_mb, (int) $row->capacity, (int) $row->held, (int) $row->last_claim, (int) $row->heard);
    }
    return $found;
  }

  /**
   * Whether the site has the table: new code runs before its updates do.
   */
  private function isThere(): bool {
    return $this->database->schema()->tableExists(self::TABLE);
  }

  /**
   * Seconds since the process told, at most as long as it counts as there.
   *
   * By the clocks of hosts, which may differ: never in the future.
   */
  private function age(\stdClass $process): int {
    return min(self::FRESH, max(0, $this->time->getCurrentTime() - (int) $process->seen));
  }

}
