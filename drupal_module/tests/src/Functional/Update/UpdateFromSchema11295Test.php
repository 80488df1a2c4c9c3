<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Functional\Update;

use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Schema 11295: runs were tested, put into batches and counted in reports.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class UpdateFromSchema11295Test extends UpdateTestBase {

  /**
   * {@inheritdoc}
   */
  protected static function release(): string {
    return 'c7e1631';
  }

}
