<?php

declare(strict_types=1);

namespace Drupal\site_code_test\Hook;

use Drupal\background_agents\Access\RunContext;
use Drupal\Core\Database\Connection;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\node\NodeInterface;

/**
 * Hooks that fail in the ways of a site's own code.
 */
final class Failing {

  public function __construct(
    private readonly Connection $database,
    private readonly RunContext $runContext,
  ) {}

  #[Hook('node_presave')]
  public function presave(NodeInterface $node): void {
    match ((string) $node->label()) {
      'No chart' => throw new \InvalidArgumentException('The chart id is missing.'),
      'Secretive' => throw new \RuntimeException("Cannot reach https://user:hunter2@charts.example.org from /var/www/site/chart.php\n<b>now</b>"),
      'Type error' => strlen([]),
      'Plans' => $node->set('publish_on', 2000000000),
      'Fatal' => ini_set('memory_limit', '1') . str_repeat('x', PHP_INT_MAX),
      default => NULL,
    };
  }

  /**
   * @param string[] $permissions
   *   Permissions.
   */
  #[Hook('background_agents_field_permissions_alter')]
  public function fieldPermissions(array &$permissions, FieldDefinitionInterface $field): void {
    if ($field->getName() === 'field_tags') {
      $permissions[] = 'administer taxonomy';
    }
  }

  #[Hook('node_insert')]
  #[Hook('node_update')]
  public function saved(NodeInterface $node): void {
    match ((string) $node->label()) {
      'Bad query' => $this->database->query('SELECT nothing FROM {site_code_test_nothing}'),
      'Own value' => $this->database->update('node_field_data')->fields(['title' => str_repeat('x', 300)])->condition('nid', $node->id())->execute(),
      default => NULL,
    };
  }

  /**
   * @param \Drupal\node\NodeInterface[] $nodes
   *   Loaded ones.
   */
  #[Hook('node_load')]
  public function load(array $nodes): void {
    foreach ($nodes as $node) {
      if ($node->label() === 'Unreadable' && $this->runContext->current() !== NULL) {
        throw new \LogicException('The chart cannot be drawn.');
      }
    }
  }

}
