<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Guard\AgentAccess;
use Drupal\Core\Database\Query\ConditionInterface;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityTypeBundleInfoInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Extension\ModuleHandlerInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Lets the database decide which drafts a person sees in a list.
 *
 * Those of content that they may edit, in states from which they have a
 * transition. Entity access of each row would cost several queries a row; it
 * decides when somebody opens a draft.
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
   * Permissions that let edit all of an entity type, besides its admin one.
   */
  private const array EDIT_ALL = [
    'media' => ['update any media'],
    'taxonomy_term' => ['administer taxonomy'],
  ];

  /**
   * Permissions that let edit all of one's own of an entity type.
   */
  private const array EDIT_ALL_OWN = ['media' => 'update media'];

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ModuleHandlerInterface $moduleHandler,
    private readonly EntityTypeBundleInfoInterface $bundles,
    private readonly ReviewStates $states,
    private readonly OwnContent $own,
  ) {}

  /**
   * Restricts a query of changes to those that a person may see in a list.
   *
   * @param \Drupal\Core\Database\Query\SelectInterface $query
   *   The query.
   * @param string $alias
   *   Alias of the table of changes.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   The person.
   */
  public function restrict(SelectInterface $query, string $alias, AccountInterface $account): void {
    if (!$account->hasPermission('administer background agents')) {
      $this->restrictToReview($query, $alias, $account);
    }
  }

  /**
   * Restricts a query of changes to those that a person may decide about.
   *
   * @param \Drupal\Core\Database\Query\SelectInterface $query
   *   The query.
   * @param string $alias
   *   Alias of the table of changes.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   The person.
   */
  public function restrictToReview(SelectInterface $query, string $alias, AccountInterface $account): void {
    $any = $query->orConditionGroup()->alwaysFalse();
    if ($account->hasPermission('review background agent drafts')) {
      foreach ($this->entityTypeManager->getDefinitions() as $type => $definition) {
        if ($definition instanceof ContentEntityTypeInterface && $definition->isRevisionable() && !AgentAccess::isNeverWritten((string) $type)) {
          $this->addType($query, $any, $alias, $definition, $account);
        }
      }
    }
    $groups = array_values(array_filter($any->conditions(), is_array(...)));
    // Alone, EXISTS is a join to the database; below OR it is asked each row.
    $query->condition(count($groups) === 2 && $groups[1]['field'] instanceof ConditionInterface ? $groups[1]['field'] : $any);
  }

  private function addType(SelectInterface $query, ConditionInterface $any, string $alias, ContentEntityTypeInterface $definition, AccountInterface $account): void {
    $type = (string) $definition->id();
    $isNode = $type === 'node';
    if ($isNode && $account->hasPermission('bypass node access')) {
      $any->condition("$alias.target_type", $type);
      return;
    }
    if ($isNode && !$account->hasPermission('access content')) {
      return;
    }
    $bundles = array_map(strval(...), array_keys($this->bundles->getBundleInfo($type)));
    $editable = $this->editable($definition, $bundles, $account);
    $owned = array_values(array_diff($this->owned($type, $bundles, $account), $editable));
    $granted = $isNode && $this->moduleHandler->hasImplementations('node_grants') && array_filter(node_access_grants('update', $account)) !== [] ? array_values(array_diff($bundles, $editable)) : [];
    foreach ($this->states->groups($type, $editable, $account) as $group) {
      $this->addGroup($query, $any, $alias, $type, $group);
    }
    foreach ($this->states->groups($type, $owned, $account) as $group) {
      $this->addGroup($query, $any, $alias, $type, $group, $this->own->query($alias, $type, $account));
    }
    foreach ($this->states->groups($type, $granted, $account) as $group) {
      $this->addGroup($query, $any, $alias, $type, $group, $this->granted($query, $alias, $account));
    }
  }

  /**
   * The bundles of which a person may edit all items.
   *
   * @param \Drupal\Core\Entity\ContentEntityTypeInterface $definition
   *   The entity type.
   * @param list<string> $bundles
   *   Its bundles.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   The person.
   *
   * @return list<string>
   *   Some of the bundles.
   */
  private function editable(ContentEntityTypeInterface $definition, array $bundles, AccountInterface $account): array {
    $type = (string) $definition->id();
    // Nodes have no such permission: "administer nodes" does not edit them.
    $admin = $type === 'node' ? NULL : $definition->getAdminPermission();
    if (array_filter([...(self::EDIT_ALL[$type] ?? []), ...(is_string($admin) ? [$admin] : [])], $account->hasPermission(...)) !== []) {
      return $bundles;
    }
    return self::withPermission(self::EDIT[$type][0] ?? NULL, $bundles, $account);
  }

  /**
   * The bundles of which a person may edit their own items.
   *
   * @return list<string>
   *   Some of the bundles.
   */
  private function owned(string $type, array $bundles, AccountInterface $account): array {
    if ($account->isAnonymous() || !$this->own->hasOwner($type)) {
      return [];
    }
    $all = self::EDIT_ALL_OWN[$type] ?? NULL;
    return $all !== NULL && $account->hasPermission($all) ? $bundles : self::withPermission(self::EDIT[$type][1] ?? NULL, $bundles, $account);
  }

  /**
   * The bundles for which a person has a permission.
   *
   * @return list<string>
   *   Some of the bundles.
   */
  private static function withPermission(?string $permission, array $bundles, AccountInterface $account): array {
    return $permission === NULL ? [] : array_values(array_filter($bundles, static fn (string $bundle): bool => $account->hasPermission(sprintf($permission, $bundle))));
  }

  /**
   * Adds bundles with the states in which they may be edited.
   *
   * @param \Drupal\Core\Database\Query\SelectInterface $query
   *   The query of changes.
   * @param \Drupal\Core\Database\Query\ConditionInterface $any
   *   Gets the condition.
   * @param string $alias
   *   Alias of the table of changes.
   * @param string $type
   *   The entity type.
   * @param array{bundles: list<string>, states: list<string>|null} $group
   *   The bundles and their states.
   * @param \Drupal\Core\Database\Query\SelectInterface|null $exists
   *   What has to exist, too.
   */
  private function addGroup(SelectInterface $query, ConditionInterface $any, string $alias, string $type, array $group, ?SelectInterface $exists = NULL): void {
    if ($group['states'] === []) {
      return;
    }
    $all = $query->andConditionGroup()->condition("$alias.target_type", $type)->condition("$alias.target_bundle", $group['bundles'], 'IN');
    if ($group['states'] !== NULL) {
      // None: the bundle was not moderated when the draft was saved.
      $all->condition($query->orConditionGroup()->condition("$alias.moderation_state", $group['states'], 'IN')->isNull("$alias.moderation_state"));
    }
    $any->condition($exists === NULL ? $all : $all->exists($exists));
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
      if ($ids !== []) {
        $realms->condition($granted->andConditionGroup()->condition('granted.realm', $realm)->condition('granted.gid', $ids, 'IN'));
      }
    }
    return $granted->where("[granted_base].[uuid] = [$alias].[target_uuid] AND [granted].[langcode] = [$alias].[target_langcode]")->condition('granted.grant_update', 1, '>=')->condition($realms);
  }

}
