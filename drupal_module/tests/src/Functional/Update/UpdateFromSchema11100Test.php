<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Functional\Update;

use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Schema 11100: changes knew what came of them, and nothing of rounds.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class UpdateFromSchema11100Test extends UpdateTestBase {

  /**
   * {@inheritdoc}
   */
  protected static function release(): string {
    return '65684c9';
  }

}
