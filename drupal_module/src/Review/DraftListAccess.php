<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\Core\Database\Query\ConditionInterface;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Extension\ModuleHandlerInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Lets the database decide which drafts a person sees in a list.
 *
 * Those of content that they may edit. Entity access of each row would cost
 * several queries a row; it decides when somebody opens a draft.
 *
 * @internal
 */
final class DraftListAccess {

  /**
   * Permissions to edit content of a bundle, by entity type.
   */
  private const array EDIT = [
    'node' => ['edit any %s content', 'edit own %s content'],
    'media' => ['edit any %s media', 'edit own %s media'],
    'block_content' => ['edit any %s block content', NULL],
    'taxonomy_term' => ['edit terms in %s', NULL],
  ];

  /**
   * Permissions that let edit all of an entity type.
   */
  private const array EDIT_ALL = [
    'node' => ['bypass node access'],
    'media' => ['administer media', 'update any media'],
    'block_content' => ['administer block content'],
    'taxonomy_term' => ['administer taxonomy'],
  ];

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ModuleHandlerInterface $moduleHandler,
  ) {}

  /**
   * Restricts a query of changes.
   *
   * @param \Drupal\Core\Database\Query\SelectInterface $query
   *   The query.
   * @param string $alias
   *   Alias of the table of changes.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   The person.
   */
  public function restrict(SelectInterface $query, string $alias, AccountInterface $account): void {
    if ($account->hasPermission('administer background agents')) {
      return;
    }
    $any = $query->orConditionGroup()->alwaysFalse();
    if ($account->hasPermission('review background agent drafts')) {
      foreach (array_keys($this->entityTypeManager->getDefinitions()) as $type) {
        $this->addType($query, $any, $alias, (string) $type, $account);
      }
    }
    $query->condition($any);
  }

  private function addType(SelectInterface $query, ConditionInterface $any, string $alias, string $type, AccountInterface $account): void {
    $definition = $this->entityTypeManager->getDefinition($type);
    $all = array_filter([...(self::EDIT_ALL[$type] ?? []), $definition->getAdminPermission()]);
    if (array_filter($all, $account->hasPermission(...)) !== []) {
      $any->condition("$alias.target_type", $type);
      return;
    }
    if (!isset(self::EDIT[$type])) {
      return;
    }
    [$editAny, $editOwn] = self::EDIT[$type];
    $bundles = array_keys($this->entityTypeManager->getStorage($definition->getBundleEntityType())->getQuery()->accessCheck(FALSE)->execute());
    $may = static fn (?string $permission): array => $permission === NULL ? [] : array_values(array_filter($bundles, static fn (int|string $bundle): bool => $account->hasPermission(sprintf($permission, $bundle))));
    if (($editable = $may($editAny)) !== []) {
      $any->condition($query->andConditionGroup()->condition("$alias.target_type", $type)->condition("$alias.target_bundle", $editable, 'IN'));
    }
    if (($owned = array_diff($may($editOwn), $editable)) !== []) {
      $any->condition($query->andConditionGroup()
        ->condition("$alias.target_type", $type)
        ->condition("$alias.target_bundle", $owned, 'IN')
        ->exists($this->own($query, $alias, $type, $account)));
    }
    if ($type === 'node' && $this->moduleHandler->hasImplementations('node_grants')) {
      $any->condition($query->andConditionGroup()->condition("$alias.target_type", 'node')->exists($this->granted($query, $alias, $account)));
    }
  }

  /**
   * Content that is the person's own.
   */
  private function own(SelectInterface $query, string $alias, string $type, AccountInterface $account): SelectInterface {
    $definition = $this->entityTypeManager->getDefinition($type);
    $own = $query->getConnection()->select($definition->getBaseTable(), 'own_base');
    $own->join((string) $definition->getDataTable(), 'own_data', "[own_data].[{$definition->getKey('id')}] = [own_base].[{$definition->getKey('id')}]");
    $own->addExpression('1');
    return $own->where("[own_base].[{$definition->getKey('uuid')}] = [$alias].[target_uuid]")
      ->condition('own_data.' . $definition->getKey('owner'), $account->id());
  }

  /**
   * Content that node grants let the person edit.
   */
  private function granted(SelectInterface $query, string $alias, AccountInterface $account): SelectInterface {
    $granted = $query->getConnection()->select('node', 'granted_base');
    $granted->join('node_access', 'granted', '[granted].[nid] = [granted_base].[nid]');
    $granted->addExpression('1');
    $realms = $granted->orConditionGroup()->alwaysFalse();
    foreach (node_access_grants('update', $account) as $realm => $ids) {
      $realms->condition($granted->andConditionGroup()->condition('granted.realm', $realm)->condition('granted.gid', $ids, 'IN'));
    }
    return $granted->where("[granted_base].[uuid] = [$alias].[target_uuid]")->condition('granted.grant_update', 1)->condition($realms);
  }

}
