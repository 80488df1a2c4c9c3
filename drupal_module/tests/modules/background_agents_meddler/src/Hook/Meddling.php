<?php

declare(strict_types=1);

namespace Drupal\background_agents_meddler\Hook;

use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\node\NodeInterface;

/**
 * What a test tells it to do with nodes that are saved.
 */
final class Meddling {

  /**
   * What to do before a save.
   */
  public static ?\Closure $presave = NULL;

  /**
   * What to do when a node was stored, once.
   */
  public static ?\Closure $stored = NULL;

  /**
   * What to do when a run was stored.
   */
  public static ?\Closure $runStored = NULL;

  /**
   * A field that nobody may see.
   */
  public static ?string $hiddenField = NULL;

  /**
   * A node that nobody may see, though lists have it.
   */
  public static ?string $hiddenNode = NULL;

  /**
   * Implements hook_node_access().
   */
  #[Hook('node_access')]
  public function nodeAccess(NodeInterface $node, string $operation): AccessResultInterface {
    return AccessResult::forbiddenIf($operation === 'view' && $node->id() === self::$hiddenNode)->setCacheMaxAge(0);
  }

  /**
   * Implements hook_entity_field_access().
   */
  #[Hook('entity_field_access')]
  public function fieldAccess(string $operation, FieldDefinitionInterface $field): AccessResultInterface {
    return AccessResult::forbiddenIf($operation === 'view' && $field->getName() === self::$hiddenField);
  }

  /**
   * Implements hook_ENTITY_TYPE_insert() for runs.
   */
  #[Hook('background_agents_run_insert')]
  public function runStored(): void {
    if (self::$runStored !== NULL) {
      (self::$runStored)();
    }
  }

  /**
   * Implements hook_entity_presave(): it comes after those of one type.
   */
  #[Hook('entity_presave')]
  public function presave(EntityInterface $entity): void {
    if (self::$presave !== NULL && $entity instanceof NodeInterface) {
      (self::$presave)($entity);
    }
  }

  /**
   * Implements hook_ENTITY_TYPE_insert() and _update() for nodes.
   */
  #[Hook('node_insert')]
  #[Hook('node_update')]
  public function stored(NodeInterface $node): void {
    [$work, self::$stored] = [self::$stored, NULL];
    if ($work !== NULL) {
      $work($node);
    }
  }

}
