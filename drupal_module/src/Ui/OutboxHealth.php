<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;

/**
 * Jobs in the outbox that nobody has taken, for the status report.
 *
 * @internal
 */
final class OutboxHealth {

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
  ) {}

  /**
   * How many jobs wait to be taken.
   */
  public function waiting(): int {
    return (int) $this->database->select('background_agents_outbox', 'o')->condition('status', 0)->countQuery()->execute()->fetchField();
  }

  /**
   * How many runs have not ended.
   */
  public function unfinished(): int {
    return (int) $this->database->select('background_agents_outbox', 'o')->countQuery()->execute()->fetchField();
  }

  /**
   * Age of the oldest of them in seconds; 0 when there is none.
   */
  public function oldestSeconds(): int {
    $query = $this->database->select('background_agents_outbox', 'o')->condition('status', 0);
    $query->addExpression('MIN(created)');
    $created = $query->execute()->fetchField();
    return $created ? max(0, $this->time->getCurrentTime() - (int) $created) : 0;
  }

}
