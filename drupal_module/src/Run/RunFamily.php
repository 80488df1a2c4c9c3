<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\background_agents\Sidecar\PushQueue;
use Drupal\Core\Database\Connection;

/**
 * Who is told when a run ends: the one that waits for it, and its children.
 *
 * In the transaction of the end, so that nobody who waits is forgotten. Nobody
 * is locked: a command is a row of its own.
 *
 * @internal
 */
final class RunFamily {

  /**
   * The command that says that a child has ended. No person gives it.
   */
  public const string WAKE = 'wake';

  private const string TABLE = 'background_agents_run';

  public function __construct(
    private readonly Connection $database,
    private readonly CommandQueue $commands,
    private readonly PushQueue $push,
  ) {}

  /**
   * Closes the commands of a run that ends, and leaves those for its family.
   *
   * Children that nobody waits for any more are cancelled; those that are
   * detached go on.
   */
  public function ended(LockedRun $run): void {
    $this->commands->close($run->id);
    $parent = $this->waitingParent($run->id);
    if ($parent !== NULL) {
      $this->commands->leave((int) $parent->id, (int) $parent->generation, self::WAKE);
    }
    foreach ($this->awaited($run->uuid) as $child) {
      $this->commands->leave((int) $child->id, (int) $child->generation, 'cancel', ['note' => 'The run that waited for it has ended.']);
    }
  }

  /**
   * Tells the sidecar with this request what was left for it.
   *
   * The answer to a report tells it anyway.
   */
  public function push(): void {
    $this->push->addCommands();
  }

  /**
   * The run that waits for another one; NULL: none does.
   */
  private function waitingParent(int $child): ?\stdClass {
    $query = $this->database->select(self::TABLE, 'c')->condition('c.id', $child)
      ->condition('c.trigger_type', 'agent')->condition('c.operation', StartedRun::WAIT);
    $query->join(self::TABLE, 'p', 'p.uuid = c.parent');
    $query->fields('p', ['id', 'generation'])->condition('p.state', RunState::open(), 'IN');
    return $query->execute()->fetchObject() ?: NULL;
  }

  /**
   * The children that a run waits for.
   *
   * @return \stdClass[]
   *   Each with id and generation.
   */
  private function awaited(string $uuid): array {
    return $this->database->select(self::TABLE, 'c')->fields('c', ['id', 'generation'])
      ->condition('c.parent', $uuid)
      ->condition('c.trigger_type', 'agent')->condition('c.operation', StartedRun::WAIT)
      ->condition('c.state', RunState::open(), 'IN')
      ->execute()->fetchAll();
  }

}
