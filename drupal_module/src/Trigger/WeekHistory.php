<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

use Drupal\background_agents\Entity\Trigger;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\Sql\SqlContentEntityStorage;

/**
 * Reads the saves of the last days from the tables of revisions.
 *
 * By primary keys alone: the newest revisions have the highest numbers, and no
 * more of them are read than a bound, however old the site is.
 *
 * @internal
 */
final class WeekHistory {

  /**
   * Revisions that are read, and saves that are found among them, at most.
   */
  private const int REVISIONS = 20000;
  public const int SAVES = 500;

  public function __construct(
    private readonly Connection $database,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly TimeInterface $time,
  ) {}

  /**
   * The saves that a content trigger waits for, as far as SQL can tell.
   *
   * @param \Drupal\background_agents\Entity\Trigger $trigger
   *   The trigger.
   * @param int $without
   *   User id of the agent's account, whose saves start nothing; 0: none.
   *
   * @return list<\Drupal\background_agents\Trigger\WeekSave>|null
   *   The newest first; NULL: Drupal keeps no history of such content.
   */
  public function saves(Trigger $trigger, int $without): ?array {
    $settings = $trigger->getSettings();
    $query = $this->query($settings['entity_type']);
    if ($query === NULL) {
      return NULL;
    }
    if ($settings['bundles'] !== [] && $this->key($settings['entity_type'], 'bundle') !== '') {
      $query->condition('b.' . $this->key($settings['entity_type'], 'bundle'), $settings['bundles'], 'IN');
    }
    if ($settings['langcodes'] !== []) {
      $query->condition('d.langcode', $settings['langcodes'], 'IN');
    }
    if ($settings['revisions'] === 'published') {
      $query->condition('r.revision_default', 1);
      $published = $this->key($settings['entity_type'], 'published');
      $published === '' ?: $query->condition("d.$published", 1);
    }
    $saves = [];
    foreach ($query->execute() as $row) {
      $save = WeekSave::of($row);
      if (in_array($save->isInsert() ? 'insert' : 'update', $settings['operations'], TRUE) && ($without === 0 || $save->saver !== $without)) {
        $saves[] = $save;
      }
    }
    return $saves;
  }

  private function query(string $entity_type): ?SelectInterface {
    $type = $this->entityTypeManager->getDefinition($entity_type);
    $storage = $this->entityTypeManager->getStorage($entity_type);
    $keys = $type instanceof ContentEntityTypeInterface ? $type->getRevisionMetadataKeys() : [];
    if (!$storage instanceof SqlContentEntityStorage || !$type->isRevisionable() || !isset($keys['revision_created'], $keys['revision_user'])) {
      return NULL;
    }
    $id = $type->getKey('id');
    $vid = $type->getKey('revision');
    $table = $storage->getRevisionTable();
    $newest = $this->database->select($table, 'n')->fields('n', [$vid])->orderBy("n.$vid", 'DESC')->range(0, self::REVISIONS);
    $query = $this->database->select($newest, 'n');
    $query->innerJoin($table, 'r', "[r].[$vid] = [n].[$vid]");
    $query->innerJoin($storage->getRevisionDataTable() ?? $table, 'd', "[d].[$vid] = [r].[$vid]");
    $query->innerJoin($storage->getBaseTable(), 'b', "[b].[$id] = [r].[$id]");
    $affected = $type->getKey('revision_translation_affected');
    if ($storage->getRevisionDataTable() !== NULL && $affected) {
      $query->condition("d.$affected", 1);
    }
    $query->addField('r', $id, 'item');
    $query->addField('r', $vid, 'vid');
    $query->addField('d', $type->getKey('langcode'), 'langcode');
    $query->addField('r', $keys['revision_created'], 'time');
    $query->addField('r', $keys['revision_user'], 'saver');
    $before = "SELECT MAX([p].[$vid]) FROM {" . $table . "} [p] WHERE [p].[$id] = [r].[$id] AND [p].[$vid] < [r].[$vid]";
    $query->addExpression("($before)", 'previous');
    $query->addExpression("($before AND [p].[revision_default] = 1)", 'live');
    return $query->condition("r.{$keys['revision_created']}", $this->time->getRequestTime() - LastWeek::DAYS * 86400, '>=')
      ->orderBy("r.$vid", 'DESC')->range(0, self::SAVES);
  }

  private function key(string $entity_type, string $key): string {
    return (string) $this->entityTypeManager->getDefinition($entity_type)->getKey($key);
  }

  /**
   * The moderation states of revisions.
   *
   * @param string $entity_type
   *   The entity type.
   * @param \Drupal\background_agents\Trigger\WeekSave[] $saves
   *   Saves whose revisions, and those before them, are asked for.
   *
   * @return array<string, string>
   *   By "revision:langcode"; what is not moderated is left out.
   */
  public function states(string $entity_type, array $saves): array {
    if ($saves === []) {
      return [];
    }
    $revisions = array_filter([...array_column($saves, 'revision'), ...array_column($saves, 'previous')]);
    $query = $this->database->select('content_moderation_state_field_revision', 's')
      ->condition('s.content_entity_type_id', $entity_type)
      ->condition('s.content_entity_id', array_values(array_unique(array_column($saves, 'item'))), 'IN')
      ->condition('s.content_entity_revision_id', array_values($revisions), 'IN');
    $query->addExpression("CONCAT([s].[content_entity_revision_id], ':', [s].[langcode])", 'revision');
    $query->addField('s', 'moderation_state', 'state');
    // Expressions stand behind fields.
    return $query->execute()->fetchAllKeyed(1, 0);
  }

  /**
   * The roles of people.
   *
   * @param \Drupal\background_agents\Trigger\WeekSave[] $saves
   *   Saves.
   *
   * @return array<int, string[]>
   *   Ids of roles by user id.
   */
  public function roles(array $saves): array {
    $roles = [];
    $people = array_values(array_unique(array_column($saves, 'saver')));
    foreach ($people as $uid) {
      $roles[$uid] = [$uid === 0 ? 'anonymous' : 'authenticated'];
    }
    if ($people === []) {
      return [];
    }
    $query = $this->database->select('user__roles', 'u')->condition('u.entity_id', $people, 'IN');
    $query->addField('u', 'entity_id');
    $query->addField('u', 'roles_target_id');
    foreach ($query->execute() as $row) {
      $roles[(int) $row->entity_id][] = $row->roles_target_id;
    }
    return $roles;
  }

}
