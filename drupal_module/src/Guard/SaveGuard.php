<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\background_agents\Draft\CodeWrites;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\RevisionLogInterface;

/**
 * What an agent saves becomes a draft, or is not saved at all.
 *
 * Method normalise() runs before every other module's presave, enforce() after
 * them, and confirm() when the rows are written: it looks at the outcome.
 * Everything happens in the save's transaction, so throwing rolls it back.
 *
 * @internal
 */
final class SaveGuard {

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
    private readonly SavesUnderway $saves,
    private readonly CodeWrites $codeWrites,
    private readonly TimeInterface $time,
  ) {
    $this->published = new \WeakMap();
  }

  /**
   * Saves what the draft writer has built, as it is meant.
   */
  public function save(ContentEntityInterface $entity, SavePlan $plan): void {
    $this->saves->naming($entity, $plan, $entity->save(...));
  }

  /**
   * Does to it what save() would, and refuses what that would; saves nothing.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   */
  public function rehearse(ContentEntityInterface $entity, SavePlan $plan): void {
    $this->saves->naming($entity, $plan, function () use ($entity): void {
      $this->normalise($entity);
      $this->refuseDraft($entity);
    });
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
    $around = $this->saves->around($entity);
    if ($around !== NULL) {
      $this->continueDraft($around, $entity);
      return;
    }
    // What is refused anyway is not made to look like a draft: a part of a page
    // would pass as one that its host saves.
    if (!$this->scope->mayTouch($entity->getEntityTypeId(), $entity->bundle(), ['create', 'revise'])) {
      return;
    }
    $plan = $this->saves->planOf($entity) ?? new SavePlan();
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
    $around = $this->saves->around($entity);
    if ($around === NULL) {
      $this->enforceDraft($entity);
    }
    else {
      $this->enforceContinuation($around, $entity);
    }
  }

  /**
   * Looks at what was stored; throws while it can still be rolled back.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   */
  public function confirm(EntityInterface $entity): void {
    $save = $this->saves->own($entity);
    if (!$entity instanceof ContentEntityInterface || !$this->applies($entity)) {
      return;
    }
    if ($this->states->isModerated($entity) && !$this->isPublishing($entity)) {
      $this->confirmDraft($entity);
    }
    if ($save !== NULL) {
      $this->saves->end($save);
      $this->codeWrites->record($save);
    }
  }

  private function enforceDraft(ContentEntityInterface $entity): void {
    $this->refuseDraft($entity);
    if ($this->states->isModerated($entity)) {
      $this->remember($entity);
    }
    $this->codeWrites->refuseBeyondLimits($entity);
    $this->saves->begin($entity, $this->stateOf($entity));
  }

  /**
   * Refuses a draft that is not to be saved, as it stands.
   */
  private function refuseDraft(ContentEntityInterface $entity): void {
    $this->refuseOutOfBinding($entity);
    $this->refuseOtherLanguages($entity);
    $this->refuseStale($entity);
    $this->protectedFields->refuseChanges($entity);
    if ($this->states->isModerated($entity)) {
      if (!$entity->isNewRevision()) {
        throw GuardException::forbidden('Agents never write into an existing revision.');
      }
      $this->refuseLive($entity);
    }
    elseif (!$this->scope->mayWriteUnmoderated()) {
      throw GuardException::forbidden(sprintf('"%s" of "%s" has no moderation, and the agent may not write live content.', $entity->bundle(), $entity->getEntityTypeId()));
    }
  }

  /**
   * A save within the save of the same draft: it stays one revision.
   *
   * Models and hooks of a site set a field of what was saved, and save again.
   */
  private function continueDraft(SaveUnderway $around, ContentEntityInterface $entity): void {
    $type = $entity->getEntityType();
    $revision = $this->saves->revisionOf($around);
    if ($around->state !== NULL) {
      $entity->set('moderation_state', $around->state);
      $this->states->ensureRecord($around->entity, $revision);
    }
    elseif ($around->isCreation() && $entity instanceof EntityPublishedInterface && !$this->scope->mayPublish()) {
      $entity->setUnpublished();
    }
    if ($type->isRevisionable()) {
      $entity->set((string) $type->getKey('revision'), $revision);
      $entity->updateLoadedRevisionId();
      $entity->setNewRevision(FALSE);
    }
  }

  private function enforceContinuation(SaveUnderway $around, ContentEntityInterface $entity): void {
    // Content moderation wants a new revision for each save.
    if ($entity->getEntityType()->isRevisionable()) {
      $entity->setNewRevision(FALSE);
    }
    if ($this->stateOf($entity) !== $around->state) {
      throw GuardException::forbidden('The state of an agent\'s draft changes while it is saved.');
    }
    $this->refuseOtherLanguages($entity);
    $this->protectedFields->refuseChanges($entity, ['path']);
    if ($around->state !== NULL) {
      $this->refuseLive($entity);
      $this->remember($entity);
    }
  }

  private function confirmDraft(ContentEntityInterface $entity): void {
    $before = $this->published[$entity] ?? NULL;
    if ($before !== NULL && $this->latest->defaultIdOf($entity->getEntityTypeId(), $entity->id()) !== $before) {
      throw GuardException::forbidden('The save would have changed what visitors see. It was rolled back.');
    }
    if ($entity->isDefaultRevision() && $this->states->isLive($entity) && ($before !== NULL || self::isPublished($entity))) {
      throw GuardException::forbidden('The save would have published content. It was rolled back.');
    }
  }

  private function stateOf(ContentEntityInterface $entity): ?string {
    return $this->states->isModerated($entity) ? (string) $entity->get('moderation_state')->value : NULL;
  }

  private function applies(EntityInterface $entity): bool {
    return $this->scope->isActive() && !$this->sideEffects->isTolerated($entity);
  }

  private function isPublishing(ContentEntityInterface $entity): bool {
    return $this->saves->planOf($entity)?->publishAs !== NULL;
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
      : RevisionLogText::ofAgent($run)));
  }

  private function refuseOutOfBinding(ContentEntityInterface $entity): void {
    $operation = $entity->isNew() ? 'create' : 'revise';
    if (!$this->scope->mayTouch($entity->getEntityTypeId(), $entity->bundle(), [$operation])) {
      throw GuardException::forbidden(sprintf('The agent may not %s "%s" of "%s": its binding does not name it.', $operation, $entity->bundle(), $entity->getEntityTypeId()));
    }
  }

  private function refuseOtherLanguages(ContentEntityInterface $entity): void {
    foreach (ChangedLanguages::of($entity) as $langcode) {
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

  private static function isPublished(ContentEntityInterface $entity): bool {
    return $entity instanceof EntityPublishedInterface && $entity->isPublished();
  }

}
