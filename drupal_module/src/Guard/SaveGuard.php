<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\RevisionLogInterface;

/**
 * What an agent saves becomes a draft, or is not saved at all.
 *
 * normalise() runs before every other module's presave, enforce() after them,
 * and confirm() when the rows are written: it looks at the outcome.
 * Everything happens in the save's transaction, so throwing rolls it back.
 */
final class SaveGuard {

  /**
   * Plans of the draft writer, by the entity object that is being saved.
   *
   * @var \WeakMap<\Drupal\Core\Entity\EntityInterface, \Drupal\background_agents\Guard\SavePlan>
   */
  private \WeakMap $plans;

  /**
   * Default revision id of published content, as it was before the save.
   *
   * @var \WeakMap<\Drupal\Core\Entity\EntityInterface, int>
   */
  private \WeakMap $published;

  public function __construct(
    private readonly AgentScope $scope,
    private readonly DraftState $states,
    private readonly LatestRevision $latest,
    private readonly SideEffects $sideEffects,
    private readonly ProtectedFields $protectedFields,
    private readonly TimeInterface $time,
  ) {
    $this->plans = new \WeakMap();
    $this->published = new \WeakMap();
  }

  /**
   * Tells what is meant with the next save of this entity object.
   */
  public function plan(ContentEntityInterface $entity, SavePlan $plan): void {
    $this->plans[$entity] = $plan;
  }

  /**
   * Makes a draft of what an agent is about to save.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   */
  public function normalise(EntityInterface $entity): void {
    if (!$this->applies($entity) || !$entity instanceof ContentEntityInterface) {
      return;
    }
    $plan = $this->plans[$entity] ?? new SavePlan();
    if ($this->states->isModerated($entity)) {
      $state = $this->mayPublishAs($entity, $plan->publishAs) ? $plan->publishAs : $this->states->choose($entity, $this->scope->account());
      $entity->set('moderation_state', $state);
    }
    elseif ($entity->isNew() && $entity instanceof EntityPublishedInterface && !$this->scope->mayPublish()) {
      $entity->setUnpublished();
    }
    if ($entity->getEntityType()->isRevisionable()) {
      $entity->setNewRevision(TRUE);
      $this->sign($entity, $plan);
    }
  }

  /**
   * Refuses the save unless it ends in a draft on top of the newest revision.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   */
  public function enforce(EntityInterface $entity): void {
    if (!$this->applies($entity)) {
      return;
    }
    if (!$entity instanceof ContentEntityInterface) {
      throw GuardException::forbidden(sprintf('Agents do not change configuration (%s "%s").', $entity->getEntityTypeId(), $entity->id()));
    }
    if ($entity->isSyncing()) {
      throw GuardException::forbidden('Agents do not save in syncing mode: it passes content moderation by.');
    }
    $this->refuseOutOfBinding($entity);
    $this->refuseStale($entity);
    $this->protectedFields->refuseChanges($entity);
    if ($this->states->isModerated($entity)) {
      $this->refuseLive($entity);
      $this->remember($entity);
    }
    elseif (!$this->scope->mayWriteUnmoderated()) {
      throw GuardException::forbidden(sprintf('"%s" of "%s" has no moderation, and the agent may not write live content.', $entity->bundle(), $entity->getEntityTypeId()));
    }
    if ($entity->isNew()) {
      $this->sideEffects->begin($entity);
    }
  }

  /**
   * Looks at what was stored; throws while it can still be rolled back.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   */
  public function confirm(EntityInterface $entity): void {
    $this->sideEffects->end($entity);
    if (!$entity instanceof ContentEntityInterface || !$this->applies($entity) || !$this->states->isModerated($entity) || $this->isPublishing($entity)) {
      return;
    }
    $before = $this->published[$entity] ?? NULL;
    if ($before !== NULL && $this->latest->defaultIdOf($entity->getEntityTypeId(), $entity->id()) !== $before) {
      throw GuardException::forbidden('The save would have changed what visitors see. It was rolled back.');
    }
    if ($entity->isDefaultRevision() && $this->states->isLive($entity) && ($before !== NULL || self::isPublished($entity))) {
      throw GuardException::forbidden('The save would have published content. It was rolled back.');
    }
  }

  /**
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When an agent deletes anything.
   */
  public function refuseDelete(EntityInterface $entity): void {
    if ($this->scope->isActive() && !$this->sideEffects->isTolerated($entity)) {
      throw GuardException::forbidden(sprintf('Agents do not delete (%s "%s").', $entity->getEntityTypeId(), $entity->id()));
    }
  }

  /**
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When an agent removes a translation.
   */
  public function refuseTranslationDelete(ContentEntityInterface $translation): void {
    if ($this->applies($translation)) {
      throw GuardException::forbidden(sprintf('Agents do not delete translations (%s of %s "%s").', $translation->language()->getId(), $translation->getEntityTypeId(), $translation->id()));
    }
  }

  private function applies(EntityInterface $entity): bool {
    return $this->scope->isActive() && !$this->sideEffects->isTolerated($entity);
  }

  private function isPublishing(ContentEntityInterface $entity): bool {
    return ($this->plans[$entity] ?? NULL)?->publishAs !== NULL;
  }

  /**
   * Publishing needs all three: asked for, allowed by binding, and by role.
   */
  private function mayPublishAs(ContentEntityInterface $entity, ?string $state): bool {
    return $state !== NULL && $this->scope->mayPublish() && $this->states->isReachable($entity, $state, $this->scope->account());
  }

  private function sign(ContentEntityInterface $entity, SavePlan $plan): void {
    if (!$entity instanceof RevisionLogInterface) {
      return;
    }
    $run = $this->scope->run();
    $entity->setRevisionUserId((int) $this->scope->account()->id());
    $entity->setRevisionCreationTime($this->time->getRequestTime());
    $entity->setRevisionLogMessage($plan->log ?? ($run === NULL
      ? 'Changed by an agent account.'
      : sprintf('Agent "%s", run %s.', $run->getAgentLabel(), $run->uuid())));
  }

  private function refuseOutOfBinding(ContentEntityInterface $entity): void {
    $operation = $entity->isNew() ? 'create' : 'revise';
    if (!$this->scope->mayTouch($entity->getEntityTypeId(), $entity->bundle(), [$operation])) {
      throw GuardException::forbidden(sprintf('The agent may not %s "%s" of "%s": its binding does not name it.', $operation, $entity->bundle(), $entity->getEntityTypeId()));
    }
    foreach ($this->changedLanguages($entity) as $langcode) {
      if (!$this->scope->mayWriteLanguage($langcode)) {
        throw GuardException::forbidden(sprintf('The agent may not write the language "%s".', $langcode));
      }
      // Content moderation stores the state of one language a save; any other
      // one would keep the state it has, such as published.
      if ($langcode !== $entity->language()->getId()) {
        throw GuardException::forbidden(sprintf('An agent changes one language at a time; this save of "%s" changes "%s" too.', $entity->language()->getId(), $langcode));
      }
    }
  }

  private function refuseStale(ContentEntityInterface $entity): void {
    if ($entity->isNew() || !$entity->getEntityType()->isRevisionable()) {
      return;
    }
    $type = $entity->getEntityTypeId();
    $langcode = $entity->language()->getId();
    if (!$this->latest->isCurrent($type, $entity->id(), $langcode, (int) $entity->getLoadedRevisionId())) {
      throw GuardException::conflict('A newer revision exists. Read it and try again.', $this->latest->idOf($type, $entity->id(), $langcode));
    }
  }

  private function refuseLive(ContentEntityInterface $entity): void {
    if ($this->isPublishing($entity) && $this->mayPublishAs($entity, (string) $entity->get('moderation_state')->value)) {
      return;
    }
    if (!$entity->isNewRevision()) {
      throw GuardException::forbidden('Agents never write into an existing revision.');
    }
    if ($entity->isDefaultRevision() && (self::isPublished($entity) || $this->states->isDefaultPublished($entity))) {
      throw GuardException::forbidden('The save would change what visitors see. An agent may only leave a draft.');
    }
    if ($this->states->isLive($entity)) {
      throw GuardException::forbidden(sprintf('The save would end in the state "%s". An agent may only leave a draft.', $entity->get('moderation_state')->value));
    }
  }

  private function remember(ContentEntityInterface $entity): void {
    if (!$entity->isNew() && $this->states->isDefaultPublished($entity)) {
      $this->published[$entity] = (int) $this->latest->defaultIdOf($entity->getEntityTypeId(), $entity->id());
    }
  }

  /**
   * @return string[]
   *   Languages whose values this save changes.
   */
  private function changedLanguages(ContentEntityInterface $entity): array {
    $changed = [$entity->language()->getId()];
    foreach (array_keys($entity->getTranslationLanguages()) as $langcode) {
      if ($langcode !== $changed[0] && $entity->getTranslation($langcode)->hasTranslationChanges()) {
        $changed[] = $langcode;
      }
    }
    return $changed;
  }

  private static function isPublished(ContentEntityInterface $entity): bool {
    return $entity instanceof EntityPublishedInterface && $entity->isPublished();
  }

}
