<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Functional\Update;

use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Schema 11080: classes lay in other places than today.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class UpdateFromSchema11080Test extends UpdateTestBase {

  /**
   * {@inheritdoc}
   */
  protected static function release(): string {
    return 'ec3992c';
  }

}
