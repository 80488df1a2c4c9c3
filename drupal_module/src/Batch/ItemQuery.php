<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Lets the database decide which content a batch is about.
 *
 * Nothing is loaded, but of entity types whose access is not known here. Entity
 * access is asked for each item when it is let in.
 *
 * @internal
 */
final class ItemQuery {

  /**
   * Permissions to see what is published, by entity type; none: everybody may.
   *
   * Of other entity types, nothing is known here: each item is asked.
   */
  private const array PUBLISHED = [
    'node' => ['access content', 'bypass node access'],
    'media' => ['view media', 'administer media'],
    'taxonomy_term' => ['access content', 'administer taxonomy'],
    'block_content' => [],
  ];

  /**
   * Permissions to see what is not published, by entity type: all, own.
   */
  private const array UNPUBLISHED = [
    'node' => [['bypass node access', 'view any unpublished content'], 'view own unpublished content'],
    'media' => [['administer media', 'view any unpublished content'], 'view own unpublished media'],
    'taxonomy_term' => [['administer taxonomy', 'view any unpublished content'], NULL],
    'block_content' => [['administer block content', 'view any unpublished content'], NULL],
  ];

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly FieldConditions $fields,
    private readonly ItemContent $content,
  ) {}

  /**
   * How many items there are.
   */
  public function count(ItemFilter $filter, AccountInterface $account): int {
    return $filter->chosen === NULL && isset(self::PUBLISHED[$filter->entityType])
      ? (int) $this->query($filter, $account)->countQuery()->execute()->fetchField()
      : count($this->find($filter, $account, $filter->chosen === NULL ? BatchMaker::MOST : count($filter->chosen)));
  }

  /**
   * The items: as they were chosen, or what was changed last first.
   *
   * @return \Drupal\background_agents\Batch\BatchItem[]
   *   At most so many, each once.
   */
  public function find(ItemFilter $filter, AccountInterface $account, int $limit): array {
    $definition = $this->definition($filter);
    $changed = $definition->id() === 'node' || $definition->id() === 'media' || $definition->id() === 'taxonomy_term' || $definition->id() === 'block_content';
    $found = [];
    foreach ($filter->chosen === NULL ? [NULL] : array_chunk($filter->chosen, 1000) as $some) {
      $query = $this->query($filter, $account, $some);
      if ($some === NULL) {
        ($changed ? $query->orderBy('d.changed', 'DESC') : $query)->orderBy('d.' . $definition->getKey('id'), 'DESC')->range(0, $limit);
      }
      foreach ($query->execute() as $row) {
        $found["$row->id:$row->langcode"] = new BatchItem($filter->entityType, (string) $row->id, (string) $row->langcode, (string) $row->label);
      }
    }
    $items = array_slice($filter->chosen === NULL ? array_values($found) : self::inOrder($filter->chosen, $found), 0, $limit);
    return isset(self::PUBLISHED[$filter->entityType]) ? $items : $this->content->seen($items, $account);
  }

  /**
   * Those of the chosen items that are there, whoever may see them.
   *
   * @return array<string, array{bundle: string, langcode: string}>
   *   By id and language.
   */
  public function present(ItemFilter $filter): array {
    $definition = $this->definition($filter);
    $present = [];
    foreach (array_chunk($filter->chosen ?? [], 1000) as $some) {
      $query = $this->select($definition);
      $this->choose($query, $definition, $some);
      foreach ($query->execute() as $row) {
        $present["$row->id:$row->langcode"] = ['bundle' => (string) $row->bundle, 'langcode' => (string) $row->langcode];
      }
    }
    return $present;
  }

  private function query(ItemFilter $filter, AccountInterface $account, ?array $some = NULL): SelectInterface {
    $definition = $this->definition($filter);
    $query = $this->select($definition);
    if ($filter->bundles === []) {
      return $query->alwaysFalse();
    }
    if ($definition->hasKey('bundle')) {
      $query->condition('d.' . $definition->getKey('bundle'), $filter->bundles, 'IN');
    }
    if ($filter->langcodes !== []) {
      $query->condition('d.' . $definition->getKey('langcode'), $filter->langcodes, 'IN');
    }
    if ($filter->isPublished !== NULL && $definition->hasKey('published')) {
      $query->condition('d.' . $definition->getKey('published'), (int) $filter->isPublished);
    }
    if ($filter->changedSince !== NULL) {
      $query->condition('d.changed', $filter->changedSince, '>=');
    }
    if ($some !== NULL) {
      $this->choose($query, $definition, $some);
    }
    $this->fields->add($query, $definition, $filter, $account);
    $this->restrict($query, $definition, $account);
    return $query;
  }

  private function definition(ItemFilter $filter): ContentEntityTypeInterface {
    $definition = $this->entityTypeManager->getDefinition($filter->entityType);
    assert($definition instanceof ContentEntityTypeInterface);
    return $definition;
  }

  private function select(ContentEntityTypeInterface $definition): SelectInterface {
    $query = $this->database->select($definition->getDataTable() ?? (string) $definition->getBaseTable(), 'd');
    $query->addField('d', $definition->getKey('id'), 'id');
    $query->addField('d', $definition->getKey('langcode'), 'langcode');
    $definition->hasKey('label') ? $query->addField('d', $definition->getKey('label'), 'label') : $query->addExpression("''", 'label');
    $definition->hasKey('bundle') ? $query->addField('d', $definition->getKey('bundle'), 'bundle') : $query->addExpression(':type', 'bundle', [':type' => $definition->id()]);
    return $query;
  }

  private function choose(SelectInterface $query, ContentEntityTypeInterface $definition, array $some): void {
    $byLanguage = [];
    foreach ($some as [$id, $langcode]) {
      $byLanguage[$langcode][] = $id;
    }
    $any = $query->orConditionGroup()->alwaysFalse();
    foreach ($byLanguage as $langcode => $ids) {
      $any->condition($query->andConditionGroup()->condition('d.' . $definition->getKey('id'), $ids, 'IN')->condition('d.' . $definition->getKey('langcode'), (string) $langcode));
    }
    $query->condition($any);
  }

  /**
   * Leaves out what the person may not see.
   */
  private function restrict(SelectInterface $query, ContentEntityTypeInterface $definition, AccountInterface $account): void {
    $type = (string) $definition->id();
    $query->addTag("{$type}_access")->addMetaData('account', $account)->addMetaData('op', 'view')->addMetaData('base_table', $definition->getDataTable());
    if (!isset(self::PUBLISHED[$type])) {
      return;
    }
    if ($type === 'block_content') {
      // Blocks of a layout are seen with their page, and are no list's.
      $query->condition('d.reusable', 1);
    }
    $any = static fn (array $names): bool => array_filter($names, $account->hasPermission(...)) !== [];
    $mayPublished = self::PUBLISHED[$type] === [] || $any(self::PUBLISHED[$type]);
    [$all, $own] = self::UNPUBLISHED[$type];
    if ($type === 'node' && !$mayPublished) {
      $query->alwaysFalse();
    }
    if ($mayPublished && $any($all)) {
      return;
    }
    $published = 'd.' . $definition->getKey('published');
    $visible = $query->orConditionGroup()->alwaysFalse();
    if ($mayPublished) {
      $visible->condition($published, 1);
    }
    if ($any($all)) {
      $visible->condition($published, 0);
    }
    if ($own !== NULL && $account->isAuthenticated() && $account->hasPermission($own)) {
      $visible->condition($query->andConditionGroup()->condition($published, 0)->condition('d.' . $definition->getKey('owner'), $account->id()));
    }
    $query->condition($visible);
  }

  /**
   * What was found, in the order in which it was chosen.
   */
  private static function inOrder(array $chosen, array $found): array {
    $items = [];
    foreach ($chosen as [$id, $langcode]) {
      $key = "$id:$langcode";
      if (isset($found[$key])) {
        $items[$key] = $found[$key];
      }
    }
    return array_values($items);
  }

}
