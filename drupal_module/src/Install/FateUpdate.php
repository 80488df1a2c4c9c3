<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\background_agents\Review\Outcome\Fate;
use Drupal\Core\Database\Connection;

/**
 * Writes down what became of the drafts that a site has already.
 *
 * @internal
 */
final class FateUpdate {

  public function __construct(
    private readonly Connection $database,
  ) {}

  /**
   * Fills in the column of the table of changes. Safe to repeat.
   */
  public function fill(): void {
    foreach ($this->database->query('SELECT DISTINCT status, outcome FROM {background_agents_change}') as $row) {
      $query = $this->database->update('background_agents_change')->condition('status', $row->status);
      $row->outcome === NULL ? $query->isNull('outcome') : $query->condition('outcome', $row->outcome);
      $query->fields(['fate' => Fate::of($row->status, $row->outcome)?->value])->execute();
    }
  }

}
