<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Finds, for a query of changes, the content that is a person's own.
 *
 * @internal
 */
final class OwnContent {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly Connection $database,
  ) {}

  /**
   * Whether items of a type have an owner in their table.
   */
  public function hasOwner(string $type): bool {
    $definition = $this->entityTypeManager->getDefinition($type, FALSE);
    return $definition !== NULL && $definition->hasKey('owner') && $definition->hasKey('uuid') && $definition->getDataTable() !== NULL;
  }

  /**
   * A query for EXISTS: the change's item, in its language, is the person's.
   *
   * @param string $alias
   *   Alias of the table of changes in the query that it becomes a part of.
   * @param string $type
   *   An entity type whose items have an owner.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   The person.
   */
  public function query(string $alias, string $type, AccountInterface $account): SelectInterface {
    $definition = $this->entityTypeManager->getDefinition($type);
    $own = $this->database->select($definition->getBaseTable(), 'own_base');
    $own->join((string) $definition->getDataTable(), 'own_data', "[own_data].[{$definition->getKey('id')}] = [own_base].[{$definition->getKey('id')}]");
    $own->addExpression('1');
    return $own->where("[own_base].[{$definition->getKey('uuid')}] = [$alias].[target_uuid]")
      ->condition('own_data.' . $definition->getKey('owner'), $account->id());
  }

}
