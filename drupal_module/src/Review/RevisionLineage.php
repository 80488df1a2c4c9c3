<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Guard\AgentAccess;
use Drupal\background_agents\Guard\AgentScope;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;

/**
 * Whose work a revision is: publishing what agents wrote changes nothing.
 *
 * Each field that differs from what visitors see is looked for in the last
 * drafts of agents. When all are found, the revision is the work of those
 * agents, and of those whose work was live already: none of them is started.
 *
 * @internal
 */
final class RevisionLineage {

  /**
   * Drafts of a translation that are looked at.
   */
  private const int DRAFTS = 5;

  /**
   * What was judged before a save and is needed after it.
   *
   * @var \WeakMap<\Drupal\Core\Entity\EntityInterface, \Drupal\background_agents\Review\Judgement>
   */
  private \WeakMap $judgements;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ChangeLog $changes,
    private readonly Fingerprint $fingerprint,
    private readonly LineageStore $store,
    private readonly AgentScope $scope,
  ) {
    $this->judgements = new \WeakMap();
  }

  /**
   * Whether the lineage of an entity's revisions is known at all.
   *
   * @phpstan-assert-if-true \Drupal\Core\Entity\ContentEntityInterface $entity
   */
  public function isKept(EntityInterface $entity): bool {
    return $entity instanceof ContentEntityInterface && $entity->getEntityType()->isRevisionable() && !AgentAccess::isNeverWritten($entity->getEntityTypeId());
  }

  /**
   * Judges what is about to be saved.
   *
   * Call it in presave: later the default revision is the new one, and
   * getOriginal() is the draft when a draft is published.
   */
  public function judge(ContentEntityInterface $entity): void {
    unset($this->judgements[$entity]);
    $isLive = self::isLive($entity);
    $isAgents = $this->scope->isActive();
    if ($isAgents ? !$isLive : $entity->isNew()) {
      return;
    }
    $changes = $entity->isNew() ? [] : $this->changes->last($entity, $entity->language()->getId(), self::DRAFTS);
    $row = $entity->isNew() ? NULL : $this->store->newest($entity);
    if ($isAgents || $changes !== [] || $row !== NULL) {
      $this->judgements[$entity] = $this->judgement($entity, $isLive, $isAgents, $changes, $row);
    }
  }

  /**
   * What a save was judged to be; NULL when no agent has to do with the item.
   */
  public function of(EntityInterface $entity): ?Judgement {
    return $this->judgements[$entity] ?? NULL;
  }

  /**
   * Keeps the judgement of a save, where later ones need it.
   */
  public function keep(ContentEntityInterface $entity): void {
    $judgement = $this->of($entity);
    if ($judgement?->isKept) {
      $this->store->write($entity, $judgement);
    }
  }

  /**
   * The agents whose work alone a published translation is.
   *
   * @return string[]
   *   Ids of agents; none when a person changed something.
   */
  public function agentsOf(ContentEntityInterface $live): array {
    $row = $this->store->newest($live);
    return $row !== NULL && $row['fingerprint'] === self::whole($live, $this->fingerprint->of($live)) ? $row['agents'] : [];
  }

  /**
   * Counts that a save has started an agent.
   */
  public function started(ContentEntityInterface $entity, string $agent): void {
    $judgement = $this->of($entity);
    if ($judgement !== NULL && $judgement->isLive && !$judgement->isPersons) {
      $judgement->starts[$agent] = ($judgement->starts[$agent] ?? 0) + 1;
      $this->store->write($entity, $judgement);
    }
  }

  /**
   * Forgets an item that was deleted, or one of its translations.
   */
  public function forget(ContentEntityInterface $entity, ?string $langcode = NULL): void {
    $this->store->forget($entity, $langcode);
  }

  /**
   * Judges whose work a save is.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   What is about to be saved.
   * @param bool $isLive
   *   Whether visitors will see it.
   * @param bool $isAgents
   *   Whether an agent saves it.
   * @param \Drupal\background_agents\Entity\Change[] $changes
   *   The last changes of agents.
   * @param array{fingerprint: string, agents: string[], starts: array<string, int>}|null $row
   *   What was kept of the translation.
   */
  private function judgement(ContentEntityInterface $entity, bool $isLive, bool $isAgents, array $changes, ?array $row): Judgement {
    $live = $this->live($entity);
    $before = $live === NULL ? [] : $this->fingerprint->of($live);
    $after = $this->fingerprint->of($entity);
    $fingerprint = self::whole($entity, $after);
    $isKnown = $row !== NULL && $row['fingerprint'] === ($live === NULL ? $fingerprint : self::whole($live, $before));
    $known = $isKnown ? $row['agents'] : [];
    $agents = match (TRUE) {
      $isAgents => $this->scope->run() === NULL ? [] : [...$known, $this->scope->run()->getAgentId()],
      // What was live before is put back as it was.
      $live === NULL && $known !== [] => $known,
      default => $this->agents($before, $after, $known, $changes),
    };
    $judgement = new Judgement(array_values(array_unique($agents)), $before, $after, $fingerprint, $isLive);
    $starts = $row['starts'] ?? [];
    $judgement->isPersons = $this->isPersons($judgement, $changes);
    $judgement->starts = $judgement->isPersons ? [] : $starts;
    $judgement->isKept = $isLive && ($judgement->agents !== [] || $starts !== []);
    return $judgement;
  }

  /**
   * The agents whose work all differences are; none when one is a person's.
   *
   * @param array<string, string> $before
   *   Prints of what visitors see.
   * @param array<string, string> $after
   *   Prints of what is saved.
   * @param string[] $known
   *   The agents whose work is live already.
   * @param \Drupal\background_agents\Entity\Change[] $changes
   *   The last changes.
   *
   * @return string[]
   */
  private function agents(array $before, array $after, array $known, array $changes): array {
    $agents = $known;
    foreach (array_keys($before + $after) as $name) {
      $print = $after[$name] ?? NULL;
      if ($print === ($before[$name] ?? NULL)) {
        continue;
      }
      $authors = array_filter($changes, fn (Change $change): bool => $this->holds($change, $name, $print));
      if ($authors === []) {
        return [];
      }
      array_push($agents, ...array_map(static fn (Change $change): string => $change->getAgentId(), array_values($authors)));
    }
    return $agents;
  }

  /**
   * Whether a field of an agent's draft is the same.
   *
   * Of a draft that nobody decided about the whole revision counts, for it is
   * what an editor accepts; of older ones only what the agent set itself: else
   * a person who puts a field back would be taken for an agent.
   */
  private function holds(Change $change, string $name, ?string $print): bool {
    $prints = $this->prints($change);
    return ($change->isPending() || in_array($name, $prints['own'], TRUE)) && ($prints['fields'][$name] ?? NULL) === $print;
  }

  /**
   * Returns prints of a draft, read from its revision where they were not kept.
   *
   * @return array{fields: array<string, string>, own: string[]}
   *   Prints of a draft, read from its revision where they were not kept.
   */
  private function prints(Change $change): array {
    $prints = $change->getPrints();
    if ($prints !== NULL) {
      return $prints;
    }
    $storage = $this->entityTypeManager->getStorage($change->getTargetEntityTypeId());
    $revision = $storage instanceof RevisionableStorageInterface ? $storage->loadRevision($change->getTargetRevisionId()) : NULL;
    $langcode = (string) $change->getTargetLangcode();
    return [
      'fields' => $revision instanceof ContentEntityInterface && $revision->hasTranslation($langcode) ? $this->fingerprint->of($revision->getTranslation($langcode)) : [],
      'own' => [],
    ];
  }

  /**
   * Whether a person changed something, which begins the count of starts anew.
   *
   * Who publishes a draft and leaves each word that the agent set did not:
   * what differs is what the site itself does at each save.
   *
   * @param \Drupal\background_agents\Review\Judgement $judgement
   *   The judgement so far.
   * @param \Drupal\background_agents\Entity\Change[] $changes
   *   The last changes.
   */
  private function isPersons(Judgement $judgement, array $changes): bool {
    if ($judgement->agents !== [] || $this->scope->isActive()) {
      return FALSE;
    }
    foreach ($changes as $change) {
      if ($change->isPending() && $judgement->keepsWordsOf($change)) {
        return FALSE;
      }
    }
    return TRUE;
  }

  /**
   * What visitors see of the language now; NULL when that is nothing.
   */
  private function live(ContentEntityInterface $entity): ?ContentEntityInterface {
    $stored = $entity->isNew() ? NULL : $this->entityTypeManager->getStorage($entity->getEntityTypeId())->loadUnchanged($entity->id());
    $langcode = $entity->language()->getId();
    if (!$stored instanceof ContentEntityInterface || !$stored->hasTranslation($langcode)) {
      return NULL;
    }
    $translation = $stored->getTranslation($langcode);
    return self::isLive($translation) ? $translation : NULL;
  }

  private static function isLive(ContentEntityInterface $entity): bool {
    return $entity->isDefaultRevision() && (!$entity instanceof EntityPublishedInterface || $entity->isPublished());
  }

  /**
   * The print of a translation: what other languages share may change there.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   The translation.
   * @param array<string, string> $prints
   *   The prints of its fields.
   */
  private static function whole(ContentEntityInterface $entity, array $prints): string {
    $isTranslated = count($entity->getTranslationLanguages()) > 1;
    return Fingerprint::whole($isTranslated ? array_intersect_key($prints, $entity->getTranslatableFields(FALSE)) : $prints);
  }

}
