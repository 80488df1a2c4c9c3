<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents_eca\Functional;

use Drupal\Tests\system\Functional\Module\GenericModuleTestBase;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Installs, uninstalls and installs the module again, and asks for its help.
 */
#[Group('background_agents_eca')]
#[RunTestsInSeparateProcesses]
final class GenericTest extends GenericModuleTestBase {}
