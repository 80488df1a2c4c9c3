<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Functional\Update;

use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Schema 11090: classes lie in families.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class UpdateFromSchema11090Test extends UpdateTestBase {

  /**
   * {@inheritdoc}
   */
  protected static function release(): string {
    return '9de9d7d';
  }

}
