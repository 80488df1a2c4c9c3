<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;

/**
 * UUIDs handed out for runs that became part of another. All SQL of the table.
 *
 * @internal
 */
final class RunAliases {

  private const TABLE = 'background_agents_alias';

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Lets UUIDs stand for a run.
   *
   * @param string[] $aliases
   *   The UUIDs; the run's own is left out.
   * @param string $run
   *   UUID of the run.
   */
  public function add(array $aliases, string $run): void {
    $insert = $this->database->insert(self::TABLE)->fields(['alias', 'run', 'created']);
    $aliases = array_diff($aliases, [$run]);
    foreach ($aliases as $alias) {
      $insert->values([$alias, $run, $this->time->getCurrentTime()]);
    }
    if ($aliases !== []) {
      $insert->execute();
    }
  }

  /**
   * UUID of the run that an alias stands for; NULL: it is none.
   */
  public function runOf(string $alias): ?string {
    return $this->database->select(self::TABLE, 'a')->fields('a', ['run'])->condition('alias', $alias)->execute()->fetchField() ?: NULL;
  }

  /**
   * Forgets those made before a Unix time.
   */
  public function deleteBefore(int $time): void {
    $this->database->delete(self::TABLE)->condition('created', $time, '<')->execute();
  }

}
