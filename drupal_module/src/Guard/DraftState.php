<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\content_moderation\ContentModerationState;
use Drupal\content_moderation\EntityOperations;
use Drupal\content_moderation\ModerationInformationInterface;
use Drupal\Core\DependencyInjection\ClassResolverInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * The moderation states that an agent's save may end in.
 *
 * A draft-like state is not published and does not make its revision the
 * default one. No state is known by name: sites rename "draft".
 *
 * @internal
 */
final class DraftState {

  public function __construct(
    private readonly ModerationInformationInterface $moderation,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ClassResolverInterface $classResolver,
  ) {}

  /**
   * Whether a workflow applies to the entity.
   */
  public function isModerated(EntityInterface $entity): bool {
    return $this->moderation->isModeratedEntity($entity);
  }

  /**
   * The state that the account may leave the entity in.
   *
   * The present state stays when it is draft-like and reachable; else it is
   * the first draft-like target of a transition that the account may use.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When there is none; says which permissions would help.
   */
  public function choose(ContentEntityInterface $entity, AccountInterface $account): string {
    $reachable = $this->reachable($entity, $account);
    $present = (string) $entity->get('moderation_state')->value;
    foreach ($reachable as $id => $state) {
      if ($id === $present && self::isDraftLike($state)) {
        return $id;
      }
    }
    foreach ($reachable as $id => $state) {
      if (self::isDraftLike($state)) {
        return $id;
      }
    }
    throw GuardException::forbidden($this->whatIsMissing($entity));
  }

  /**
   * Lets content moderation note the state of a revision before others save it.
   *
   * Its own hook may come after those of the site. A save nested in them would
   * find no record of the revision, and make a second one.
   */
  public function ensureRecord(ContentEntityInterface $stored, int $revision): void {
    $found = $this->entityTypeManager->getStorage('content_moderation_state')->getQuery()
      ->allRevisions()
      ->accessCheck(FALSE)
      ->condition('content_entity_type_id', $stored->getEntityTypeId())
      ->condition('content_entity_id', $stored->id())
      ->condition('content_entity_revision_id', $revision)
      ->condition('langcode', $stored->language()->getId())
      ->execute();
    if ($found === []) {
      $this->classResolver->getInstanceFromDefinition(EntityOperations::class)->entityUpdate($stored);
      // Else it looks for the record of the base again, in its own hook.
      $stored->updateLoadedRevisionId();
    }
  }

  /**
   * Whether the account may bring the entity into a state by itself.
   */
  public function isReachable(ContentEntityInterface $entity, string $state, AccountInterface $account): bool {
    return isset($this->reachable($entity, $account)[$state]);
  }

  /**
   * Whether a translation's state is published, or one of a default revision.
   */
  public function isLive(ContentEntityInterface $translation): bool {
    $id = (string) $translation->get('moderation_state')->value;
    $plugin = $this->moderation->getWorkflowForEntity($translation)->getTypePlugin();
    if (!$plugin->hasState($id)) {
      return $translation instanceof EntityPublishedInterface && $translation->isPublished();
    }
    $state = $plugin->getState($id);
    return !$state instanceof ContentModerationState || !self::isDraftLike($state);
  }

  /**
   * Whether visitors see a translation once it is saved as it is.
   *
   * The state decides, before content moderation sets what follows from it.
   */
  public function willBePublished(ContentEntityInterface $translation): bool {
    if (!$this->isModerated($translation)) {
      return $translation->isDefaultRevision() && (!$translation instanceof EntityPublishedInterface || $translation->isPublished());
    }
    $id = (string) $translation->get('moderation_state')->value;
    $plugin = $this->moderation->getWorkflowForEntity($translation)->getTypePlugin();
    $state = $plugin->hasState($id) ? $plugin->getState($id) : NULL;
    return $state instanceof ContentModerationState && $state->isPublishedState();
  }

  /**
   * Whether what visitors see now, in any language, is published.
   */
  public function isDefaultPublished(ContentEntityInterface $entity): bool {
    $stored = $this->storedDefault($entity);
    if ($stored === NULL) {
      return FALSE;
    }
    foreach (array_keys($stored->getTranslationLanguages()) as $langcode) {
      $translation = $stored->getTranslation($langcode);
      if ($translation instanceof EntityPublishedInterface ? $translation->isPublished() : ($this->isModerated($translation) && $this->isLive($translation))) {
        return TRUE;
      }
    }
    return FALSE;
  }

  /**
   * The stored default revision; NULL for a new entity.
   */
  private function storedDefault(ContentEntityInterface $entity): ?ContentEntityInterface {
    if ($entity->isNew()) {
      return NULL;
    }
    $stored = $this->entityTypeManager->getStorage($entity->getEntityTypeId())->loadUnchanged($entity->id());
    return $stored instanceof ContentEntityInterface ? $stored : NULL;
  }

  /**
   * Returns the states that the account can reach from here.
   *
   * @return \Drupal\content_moderation\ContentModerationState[]
   *   Keyed by id, in the workflow's order of transitions.
   */
  private function reachable(ContentEntityInterface $entity, AccountInterface $account): array {
    $workflow = $this->moderation->getWorkflowForEntity($entity);
    $from = $this->moderation->getOriginalState($entity);
    $reachable = [];
    foreach ($from->getTransitions() as $transition) {
      if ($account->hasPermission("use {$workflow->id()} transition {$transition->id()}")) {
        $reachable[$transition->to()->id()] = $transition->to();
      }
    }
    return $reachable;
  }

  private static function isDraftLike(ContentModerationState $state): bool {
    return !$state->isPublishedState() && !$state->isDefaultRevisionState();
  }

  private function whatIsMissing(ContentEntityInterface $entity): string {
    $workflow = $this->moderation->getWorkflowForEntity($entity);
    $from = $this->moderation->getOriginalState($entity);
    $names = [];
    foreach ($from->getTransitions() as $transition) {
      if (self::isDraftLike($transition->to())) {
        $names[] = "use {$workflow->id()} transition {$transition->id()}";
      }
    }
    return $names === []
      ? sprintf('The workflow "%s" has no transition from "%s" to an unpublished state. Add one.', $workflow->label(), $from->label())
      : sprintf('The agent\'s account needs the permission "%s" to leave a draft.', implode('" or "', $names));
  }

}
