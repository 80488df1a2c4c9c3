<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Config\Entity\ConfigEntityInterface;
use Drupal\Core\Config\Entity\ConfigEntityTypeInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\FieldableEntityInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * What an agent account is forbidden, whatever its permissions say.
 *
 * Deny by default: what the binding does not name is forbidden. It never
 * allows anything: permissions still have to.
 *
 * @internal
 */
final class AgentAccess {

  /**
   * Configuration that any account needs to read or use content.
   */
  private const array CONFIG_OPERATIONS = ['view', 'view label', 'use'];

  private const array READING = ['view', 'view revision', 'view all revisions', 'download'];

  /**
   * Never touched by agents, whatever a binding names.
   */
  private const array NEVER_WRITTEN = [
    'user',
    'path_alias',
    'menu_link_content',
    'comment',
    'file',
    'shortcut',
    'workspace',
    'content_moderation_state',
  ];

  /**
   * Of Simple OAuth: what other programs are let in by. Not read either.
   */
  private const array CREDENTIALS = ['consumer', 'oauth2_token'];

  /**
   * This module's own entities: their own access handlers decide.
   */
  private const array OWN_TYPES = ['background_agents_run', 'background_agents_change'];

  public function __construct(
    private readonly AgentScope $scope,
    private readonly ProtectedFields $protectedFields,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly WidgetPermissions $widgetPermissions,
  ) {}

  /**
   * Whether agents never write an entity type.
   */
  public static function isNeverWritten(string $entityType): bool {
    return in_array($entityType, [...self::NEVER_WRITTEN, ...self::CREDENTIALS, ...self::OWN_TYPES], TRUE);
  }

  /**
   * Neutral, or forbidden with the reason.
   */
  public function entity(EntityInterface $entity, string $operation, AccountInterface $account): AccessResultInterface {
    if ($entity instanceof ConfigEntityInterface) {
      return $this->config($entity, $operation);
    }
    if (in_array($entity->getEntityTypeId(), self::CREDENTIALS, TRUE)) {
      return AccessResult::forbidden(sprintf('Agents may not %s "%s".', $operation, $entity->getEntityTypeId()));
    }
    $reading = in_array($operation, self::READING, TRUE);
    $managing = $operation === 'manage' && in_array($entity->getEntityTypeId(), self::OWN_TYPES, TRUE);
    if ($operation === 'view label' || $managing || ($reading && $this->isOwn($entity, $account))) {
      return AccessResult::neutral();
    }
    if ($reading) {
      return $this->named($entity->getEntityTypeId(), $entity->bundle(), ['read', 'revise'], 'read', $account);
    }
    if ($operation !== 'update' || self::isNeverWritten($entity->getEntityTypeId())) {
      return AccessResult::forbidden(sprintf('Agents may not %s "%s".', $operation, $entity->getEntityTypeId()));
    }
    if ($entity instanceof ContentEntityInterface && !$this->scope->mayWriteLanguage($entity->language()->getId(), $account)) {
      return AccessResult::forbidden(sprintf('The agent may not write the language "%s".', $entity->language()->getId()));
    }
    return $this->named($entity->getEntityTypeId(), $entity->bundle(), ['revise'], 'revise', $account);
  }

  /**
   * Neutral, or forbidden with the reason.
   */
  public function create(string $entityType, ?string $bundle, AccountInterface $account): AccessResultInterface {
    if ($this->entityTypeManager->getDefinition($entityType) instanceof ConfigEntityTypeInterface || self::isNeverWritten($entityType)) {
      return AccessResult::forbidden(sprintf('Agents may not create "%s".', $entityType));
    }
    return $this->named($entityType, $bundle ?? $entityType, ['create'], 'create', $account);
  }

  /**
   * Neutral, or forbidden with the reason.
   */
  public function field(string $operation, FieldDefinitionInterface $field, AccountInterface $account, ?FieldItemListInterface $items): AccessResultInterface {
    if ($operation !== 'edit') {
      return AccessResult::neutral();
    }
    $entity = $items?->getEntity();
    if ($entity?->isNew() && $this->isSetOnCreation($field)) {
      return AccessResult::neutral();
    }
    return match (TRUE) {
      $this->protectedFields->isProtected($field) => AccessResult::forbidden(sprintf('Agents never edit the field "%s".', $field->getName())),
      $this->protectedFields->isComposite($field) => AccessResult::forbidden(sprintf('The field "%s" holds parts of the page, such as paragraphs or layout. Agents cannot edit it yet.', $field->getName())),
      // Without items it is an upload: JSON:API makes files public at once.
      $items === NULL && ProtectedFields::isFile($field) => AccessResult::forbidden('Agents do not upload files by this route.'),
      $this->isOutsideFields($field, $account, $entity) => $this->withAgents(AccessResult::forbidden(sprintf('The field "%s" is not among those that the agent may write.', $field->getName())), $account),
      ($refusal = $this->widgetPermissions->refusal($field, $account)) !== NULL => AccessResult::forbidden($refusal)->addCacheContexts(['user.permissions']),
      $entity instanceof FieldableEntityInterface => $this->textFormats($items, $account),
      default => AccessResult::neutral(),
    };
  }

  private function config(ConfigEntityInterface $entity, string $operation): AccessResultInterface {
    return in_array($operation, self::CONFIG_OPERATIONS, TRUE) || in_array($operation, ['run', 'test'], TRUE)
      ? AccessResult::neutral()
      : AccessResult::forbidden(sprintf('Agents do not change configuration (%s "%s").', $entity->getEntityTypeId(), $entity->id()));
  }

  private function isOwn(EntityInterface $entity, AccountInterface $account): bool {
    return in_array($entity->getEntityTypeId(), self::OWN_TYPES, TRUE)
      || ($entity->getEntityTypeId() === 'user' && (int) $entity->id() === (int) $account->id());
  }

  /**
   * Asks whether the agent's binding names one of the operations.
   *
   * @param string[] $operations
   *   Operations of the binding, one of which is enough.
   */
  private function named(string $entityType, string $bundle, array $operations, string $verb, AccountInterface $account): AccessResultInterface {
    $result = $this->scope->mayTouch($entityType, $bundle, $operations, $account)
      ? AccessResult::neutral()
      : AccessResult::forbidden(sprintf('The agent may not %s "%s" of "%s": its binding does not name it.', $verb, $bundle, $entityType));
    return $this->withAgents($result, $account);
  }

  /**
   * Whether the agent's binding names the bundle, but not the field.
   */
  private function isOutsideFields(FieldDefinitionInterface $field, AccountInterface $account, ?EntityInterface $entity): bool {
    $type = $field->getTargetEntityTypeId();
    $bundle = $entity?->bundle() ?? $field->getTargetBundle();
    // A new item may be a sample, on which it is asked what can be revised.
    $operations = $entity === NULL || $entity->isNew() ? ['create', 'revise'] : ['revise'];
    return ($bundle === NULL || $this->scope->mayTouch($type, $bundle, $operations, $account))
      && !$this->scope->mayWriteField($type, $bundle, $field->getName(), $operations, $account);
  }

  /**
   * The answer depends on what the bindings of the agents say.
   */
  private function withAgents(AccessResult $result, AccountInterface $account): AccessResult {
    foreach ($this->scope->agents($account) as $agent) {
      $result->addCacheableDependency($agent);
    }
    return $result->addCacheTags(['config:background_agents_agent_list']);
  }

  /**
   * Language and UUID are chosen when an item is made, never later.
   */
  private function isSetOnCreation(FieldDefinitionInterface $field): bool {
    $type = $this->entityTypeManager->getDefinition($field->getTargetEntityTypeId());
    return in_array($field->getName(), [$type->getKey('uuid'), $type->getKey('langcode'), $type->getKey('bundle')], TRUE);
  }

  /**
   * A text whose present format the account may not use is read-only to it.
   */
  private function textFormats(FieldItemListInterface $items, AccountInterface $account): AccessResultInterface {
    if (!in_array($items->getFieldDefinition()->getType(), ['text', 'text_long', 'text_with_summary'], TRUE)) {
      return AccessResult::neutral();
    }
    $storage = $this->entityTypeManager->getStorage('filter_format');
    // The stored items count: the request may already have put others in.
    foreach ($this->stored($items) as $item) {
      $id = $item->get('format')->getValue();
      $format = $id === NULL || $id === '' ? NULL : $storage->load($id);
      if ($format !== NULL && !$format->access('use', $account)) {
        return AccessResult::forbidden(sprintf('The text of "%s" is in the format "%s", which the agent\'s account may not use. It is read-only to the agent.', $items->getName(), $format->label()))
          ->addCacheableDependency($format);
      }
    }
    return AccessResult::neutral();
  }

  private function stored(FieldItemListInterface $items): FieldItemListInterface {
    $entity = $items->getEntity();
    if ($entity->isNew() || !$entity instanceof ContentEntityInterface || !$entity->getEntityType()->isRevisionable()) {
      return $items;
    }
    $storage = $this->entityTypeManager->getStorage($entity->getEntityTypeId());
    $stored = $storage instanceof RevisionableStorageInterface ? $storage->loadRevision($entity->getLoadedRevisionId()) : NULL;
    $langcode = $entity->language()->getId();
    return $stored instanceof ContentEntityInterface && $stored->hasTranslation($langcode) ? $stored->getTranslation($langcode)->get($items->getName()) : $items;
  }

}
