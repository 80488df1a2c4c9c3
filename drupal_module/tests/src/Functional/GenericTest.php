<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Functional;

use Drupal\Tests\system\Functional\Module\GenericModuleTestBase;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Core's generic test of a module: help page, install, uninstall, install again.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class GenericTest extends GenericModuleTestBase {}
