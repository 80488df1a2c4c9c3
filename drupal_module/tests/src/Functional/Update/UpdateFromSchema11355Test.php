<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Functional\Update;

use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Schema 11355: programs dispatched with keys of their own, and webhooks told them.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class UpdateFromSchema11355Test extends UpdateTestBase {

  /**
   * {@inheritdoc}
   */
  protected static function release(): string {
    return '881ec257';
  }

  /**
   * {@inheritdoc}
   */
  protected static function rows(): array {
    return ['key' => 1, 'webhook' => 2, 'delivery' => 1, 'batch' => 1, 'batch_item' => 1, 'sent_back' => 1, 'proposed_rule' => 1, 'person_notice' => 1];
  }

}
