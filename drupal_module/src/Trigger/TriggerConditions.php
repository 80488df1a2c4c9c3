<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\FieldableEntityInterface;
use Drupal\user\EntityOwnerInterface;
use Drupal\user\RoleInterface;

/**
 * Whether a save of content meets the conditions of a trigger.
 *
 * They are asked in the editor's save and look at what is in memory anyway:
 * only the author's roles and terms may have to be loaded.
 *
 * @internal
 */
final class TriggerConditions {

  public const STATE = 'state';
  public const ROLE = 'role';
  public const FIELD = 'field';
  public const TERM = 'term';

  /**
   * Whether what happens in a save is as all conditions want it.
   *
   * @param array[] $conditions
   *   Conditions as they are stored.
   * @param \Drupal\background_agents\Trigger\SavedContent $save
   *   The save.
   */
  public function happened(array $conditions, SavedContent $save): bool {
    return self::all($conditions, static fn (array $condition): bool => !self::isOfSave($condition) || match ($condition['kind']) {
      self::STATE => self::stateFits($condition, $save),
      default => self::hasRole($save->saverRoles, $condition['roles']) === $condition['has'],
    });
  }

  /**
   * Whether the content is as all conditions want it.
   *
   * @param array[] $conditions
   *   Conditions as they are stored.
   * @param \Drupal\Core\Entity\ContentEntityInterface $content
   *   The content.
   */
  public function hold(array $conditions, ContentEntityInterface $content): bool {
    return self::all($conditions, static fn (array $condition): bool => self::isOfSave($condition) || match ($condition['kind']) {
      self::ROLE => self::hasRole(self::authorRoles($content), $condition['roles']) === $condition['has'],
      self::FIELD => self::fieldFits($condition, $content),
      self::TERM => self::hasTerm($content, $condition['terms']) === $condition['has'],
      // Imported configuration may hold anything; nobody is started by it.
      default => FALSE,
    });
  }

  /**
   * Whether a condition asks for what happens, not for what the content is.
   */
  private static function isOfSave(array $condition): bool {
    return $condition['kind'] === self::STATE || ($condition['kind'] === self::ROLE && $condition['who'] === 'saver');
  }

  private static function all(array $conditions, callable $isMet): bool {
    return array_filter($conditions, $isMet) === $conditions;
  }

  /**
   * What is there for the first time has no state before.
   */
  private static function stateFits(array $condition, SavedContent $save): bool {
    // Who names both may mean one that stays as it is.
    return ($save->formerState !== $save->state || ($condition['from'] !== [] && $condition['to'] !== []))
      && ($condition['from'] === [] || in_array($save->formerState, $condition['from'], TRUE))
      && ($condition['to'] === [] || in_array($save->state, $condition['to'], TRUE));
  }

  private static function hasRole(array $own, array $roles): bool {
    return array_intersect($own, $roles) !== [];
  }

  private static function authorRoles(ContentEntityInterface $content): array {
    $author = $content instanceof EntityOwnerInterface ? $content->getOwner() : NULL;
    return $author === NULL ? [RoleInterface::ANONYMOUS_ID] : $author->getRoles();
  }

  private static function fieldFits(array $condition, ContentEntityInterface $content): bool {
    if (!$content->hasField($condition['field'])) {
      return FALSE;
    }
    $items = $content->get($condition['field']);
    $main = $items->getFieldDefinition()->getFieldStorageDefinition()->getMainPropertyName();
    $values = [];
    foreach ($items as $item) {
      if (!$item->isEmpty()) {
        $value = $main === NULL ? '' : $item->get($main)->getValue();
        $values[] = is_bool($value) ? (string) (int) $value : trim(is_scalar($value) ? (string) $value : '');
      }
    }
    $isEmpty = array_filter($values, self::says(...)) === [];
    return match ($condition['test']) {
      'empty' => $isEmpty,
      'filled' => !$isEmpty,
      'equals' => in_array(trim($condition['value']), $values === [] ? [''] : $values, TRUE),
      'differs' => !in_array(trim($condition['value']), $values === [] ? [''] : $values, TRUE),
      default => FALSE,
    };
  }

  /**
   * Whether a value is one for people: tags and blanks alone are none.
   */
  private static function says(string $value): bool {
    return trim(str_replace('&nbsp;', '', strip_tags($value, '<img><drupal-media><iframe><hr>'))) !== '';
  }

  private static function hasTerm(FieldableEntityInterface $content, array $uuids): bool {
    foreach ($content->getFieldDefinitions() as $name => $definition) {
      if ($definition->getType() !== 'entity_reference' || $definition->getSetting('target_type') !== 'taxonomy_term') {
        continue;
      }
      foreach ($content->get($name)->referencedEntities() as $term) {
        if (in_array($term->uuid(), $uuids, TRUE)) {
          return TRUE;
        }
      }
    }
    return FALSE;
  }

  /**
   * The modules without which conditions cannot be met.
   *
   * @param array[] $conditions
   *   Conditions as they are stored.
   *
   * @return string[]
   *   Names of modules.
   */
  public static function modules(array $conditions): array {
    return in_array(self::TERM, array_column($conditions, 'kind'), TRUE) ? ['taxonomy'] : [];
  }

  /**
   * The conditions without configuration that has been deleted.
   *
   * @param array[] $conditions
   *   Conditions as they are stored.
   * @param string $entity_type
   *   The entity type.
   * @param string $deleted
   *   Name of the configuration.
   *
   * @return list<array>
   *   Those that still ask for something.
   */
  public static function without(array $conditions, string $entity_type, string $deleted): array {
    $left = [];
    foreach ($conditions as $condition) {
      if (isset($condition['roles'])) {
        $condition['roles'] = array_values(array_filter($condition['roles'], static fn (string $role): bool => "user.role.$role" !== $deleted));
      }
      $isOver = ($condition['roles'] ?? NULL) === [] || (isset($condition['field']) && "field.storage.$entity_type.{$condition['field']}" === $deleted);
      if (!$isOver) {
        $left[] = $condition;
      }
    }
    return $left;
  }

}
