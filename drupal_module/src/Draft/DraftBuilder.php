<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Guard\DraftState;
use Drupal\background_agents\Guard\LatestRevision;
use Drupal\background_agents\Http\ProblemException;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Access\AccessResultReasonInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;

/**
 * Builds the draft that a request asks for: access, base revision, fields.
 *
 * Nothing is written, and no lock is held.
 *
 * @internal
 */
final class DraftBuilder {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly BindingCheck $binding,
    private readonly AgentScope $scope,
    private readonly DraftState $states,
    private readonly LatestRevision $latest,
    private readonly ChangeLog $changes,
    private readonly DraftFields $fields,
    private readonly SaveGate $gate,
  ) {}

  /**
   * Builds the entity of a draft, without saving it.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   403, 404, 409 or 422, as in the protocol.
   * @throws \Drupal\background_agents\Guard\GuardException
   *   When no draft-like state is reachable.
   */
  public function build(DraftRequest $request, Run $run): Draft {
    $this->binding->check($request);
    $existing = $request->entity === NULL ? NULL : $this->load($request->entityType, $request->entity);
    $draft = match (TRUE) {
      !$request->isCreation() => $this->revision($request, $run, $existing),
      $existing !== NULL => $this->revisionOfOwnCreation($request, $run, $existing),
      default => $this->creation($request, $run),
    };
    return $this->fields->fill($draft, $request, $run);
  }

  private function creation(DraftRequest $request, Run $run, ?string $langcode = NULL): Draft {
    $type = $this->entityTypeManager->getDefinition($request->entityType);
    $langcode ??= $this->binding->newLanguage($request);
    $this->refuseUnless($this->entityTypeManager->getAccessControlHandler($request->entityType)->createAccess($request->bundle, $this->scope->account(), [], TRUE), "create \"{$request->bundle}\"");
    $values = array_filter([
      (string) $type->getKey('bundle') => $request->bundle,
      (string) $type->getKey('langcode') => $langcode,
      (string) $type->getKey('uuid') => $request->entity,
    ]);
    unset($values['']);
    $entity = $this->entityTypeManager->getStorage($request->entityType)->create($values);
    assert($entity instanceof ContentEntityInterface);
    $this->gate->ask($entity, $run);
    return new Draft($entity, NULL, NULL);
  }

  /**
   * A creation whose UUID exists: the run made it before, in an older life.
   */
  private function revisionOfOwnCreation(DraftRequest $request, Run $run, ContentEntityInterface $entity): Draft {
    if (!$this->changes->isCreatedBy($run, $entity)) {
      throw ProblemException::of(422, 'invalid', 'The UUID is taken', 'Choose another UUID, or revise the item.', [
        ['detail' => 'Another item has this UUID.', 'pointer' => '/entity'],
      ]);
    }
    $langcode = $request->langcode ?? $entity->getUntranslated()->language()->getId();
    $current = $this->latest->idOf($entity->getEntityTypeId(), $entity->id(), $langcode);
    if (!$this->changes->isPendingOf($run, $entity, $langcode, (int) $current)) {
      throw self::conflict('An editor has changed the item that this run created. Read it and revise it.', $current);
    }
    return $this->revisionFrom($run, $entity, $langcode, (int) $current);
  }

  private function revision(DraftRequest $request, Run $run, ?ContentEntityInterface $entity): Draft {
    $ofTest = $entity === NULL ? $this->fields->languageOf($run, $request) : NULL;
    if ($ofTest !== NULL) {
      return $this->revisionOfUnsaved($request, $run, $ofTest);
    }
    if ($entity === NULL || $entity->bundle() !== $request->bundle) {
      throw ProblemException::of(404, 'not_found', 'No such item', sprintf('There is no "%s" with the UUID %s. It may have been deleted.', $request->bundle, $request->entity));
    }
    $langcode = $request->langcode ?? $entity->getUntranslated()->language()->getId();
    if (!$this->scope->mayWriteLanguage($langcode)) {
      throw self::forbidden(sprintf('The agent may not write the language "%s": its binding does not name it.', $langcode));
    }
    $type = $entity->getEntityTypeId();
    $current = (int) $this->latest->idOf($type, $entity->id(), $langcode);
    if ($this->latest->isCurrent($type, $entity->id(), $langcode, (int) $request->expectedRevision)) {
      return $this->revisionFrom($run, $entity, $langcode, $current);
    }
    if (!$this->changes->isReplaceable($run, $entity, $langcode, $current, (int) $request->expectedRevision)) {
      throw self::conflict('A newer revision exists. Read it and try again.', $current);
    }
    // A retry by a person: this generation does the work anew, and its draft
    // takes the place of the one that an older generation left.
    $draft = $this->revisionFrom($run, $entity, $langcode, $current);
    $this->fields->reset($draft->entity, $this->translation($entity, (int) $request->expectedRevision, $langcode));
    return $draft;
  }

  /**
   * An item that only this test run knows: it is made again from the start.
   */
  private function revisionOfUnsaved(DraftRequest $request, Run $run, string $langcode): Draft {
    if ($request->expectedRevision !== DraftDocument::FIRST) {
      throw self::conflict('This test run has made the item, and it was not saved. Its revision is the one that its draft was answered with.', DraftDocument::FIRST);
    }
    return $this->creation($request, $run, $langcode);
  }

  private function revisionFrom(Run $run, ContentEntityInterface $entity, string $langcode, int $base): Draft {
    $translation = $this->translation($entity, $base, $langcode);
    // Before access: Scheduler's companion forbids what it keeps, for good.
    $this->gate->ask($translation, $run);
    $this->refuseUnless($translation->access('update', $this->scope->account(), TRUE), 'edit this item');
    $storage = $this->entityTypeManager->getStorage($entity->getEntityTypeId());
    assert($storage instanceof RevisionableStorageInterface);
    $revision = $storage->createRevision($translation, !$this->states->isModerated($entity));
    assert($revision instanceof ContentEntityInterface);
    return new Draft($revision, $base, $this->latest->defaultIdOf($entity->getEntityTypeId(), $entity->id()));
  }

  private function translation(ContentEntityInterface $entity, int $revision, string $langcode): ContentEntityInterface {
    $storage = $this->entityTypeManager->getStorage($entity->getEntityTypeId());
    $loaded = $storage instanceof RevisionableStorageInterface ? $storage->loadRevision($revision) : NULL;
    if (!$loaded instanceof ContentEntityInterface || !$loaded->hasTranslation($langcode)) {
      throw ProblemException::of(404, 'not_found', 'No such translation', sprintf('The item has no translation "%s". Agents do not add translations yet.', $langcode));
    }
    return $loaded->getTranslation($langcode);
  }

  private function load(string $entityType, string $uuid): ?ContentEntityInterface {
    $found = $this->entityTypeManager->getStorage($entityType)->loadByProperties(['uuid' => $uuid]);
    $entity = reset($found);
    return $entity instanceof ContentEntityInterface ? $entity : NULL;
  }

  private function refuseUnless(AccessResultInterface $access, string $what): void {
    if (!$access->isAllowed()) {
      $reason = $access instanceof AccessResultReasonInterface ? (string) $access->getReason() : '';
      throw self::forbidden(trim(sprintf('The agent\'s account may not %s. %s', $what, $reason)));
    }
  }

  private static function forbidden(string $detail): ProblemException {
    return ProblemException::of(403, 'forbidden', 'The agent may not do this', $detail);
  }

  private static function conflict(string $detail, ?int $current): ProblemException {
    return ProblemException::of(409, 'revision_conflict', 'A newer revision exists', $detail, extra: array_filter(['current_revision' => $current]));
  }

}
