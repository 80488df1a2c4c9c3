<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\Fingerprint;
use Drupal\background_agents\Review\Provenance\ProvenanceRecorder;
use Drupal\background_agents\Review\Rounds;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\Query\QueryInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;

/**
 * The changes that runs made to content, and what became of them.
 *
 * @internal
 */
final class ChangeLog {

  public const string ENTITY_TYPE = 'background_agents_change';

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly TimeInterface $time,
    private readonly Fingerprint $fingerprint,
    private readonly KeptValues $kept,
    private readonly ProvenanceRecorder $provenance,
  ) {}

  /**
   * Records a saved draft; what it replaces is superseded.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run that saved it.
   * @param \Drupal\background_agents\Draft\Draft $draft
   *   What was saved.
   * @param string $key
   *   The key of the effect.
   * @param string $summary
   *   What was changed and why.
   */
  public function record(Run $run, Draft $draft, string $key, string $summary): Change {
    $entity = $draft->entity;
    $langcode = $entity->language()->getId();
    foreach ($this->pending($entity, $langcode) as $older) {
      $older->decide(Change::SUPERSEDED, NULL, $this->time->getRequestTime())->save();
    }
    $stored = $this->stored($entity);
    $isLive = $entity->isDefaultRevision() && $entity instanceof EntityPublishedInterface && $entity->isPublished();
    $change = $this->entityTypeManager->getStorage(self::ENTITY_TYPE)->create(self::columns($run, $draft, $key, $summary) + [
      'target_revision' => $entity->getRevisionId(),
      ...$this->kept->of($draft, $stored, $this->revision($entity, $draft->base)),
      'answers' => $this->answered($run, $entity, $langcode)?->id(),
      // Written live with the site's leave: there is nothing to decide.
      'status' => $isLive ? Change::ACCEPTED : Change::PENDING,
    ]);
    assert($change instanceof Change);
    $change->save();
    $this->provenance->written($change, $run, $entity);
    return $change;
  }

  /**
   * What a change says of any draft, saved or not.
   *
   * @return array<string, mixed>
   *   Values by field of the change.
   */
  public static function columns(Run $run, Draft $draft, string $key, string $summary): array {
    $entity = $draft->entity;
    return [
      'run' => $run->id(),
      'agent' => $run->getAgentId(),
      'agent_version' => $run->getAgentVersion(),
      'generation' => $run->getGeneration(),
      'round' => $run->getRound(),
      'effect_key' => $key,
      'summary' => $summary,
      'operation' => $draft->isCreation() ? 'create' : 'revise',
      'base_revision' => $draft->base,
      'moderation_state' => self::stateOf($entity),
      'target_type' => $entity->getEntityTypeId(),
      'target_bundle' => $entity->bundle(),
      'target_uuid' => $entity->uuid(),
      'target_id' => $entity->id(),
      'target_langcode' => $entity->language()->getId(),
      'target_label' => mb_substr((string) $entity->label(), 0, 255),
    ];
  }

  /**
   * Lets a change go on as a later draft: what was not accepted of it.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The change.
   * @param \Drupal\Core\Entity\ContentEntityInterface $rest
   *   The later draft, saved.
   * @param \Drupal\Core\Entity\ContentEntityInterface $published
   *   What was published.
   */
  public function follow(Change $change, ContentEntityInterface $rest, ContentEntityInterface $published): void {
    $names = array_values(array_intersect(array_keys($change->getOwnValues()['after'] ?? []), $this->changedFields($rest, (int) $published->getRevisionId())));
    $change->set('target_revision', $rest->getRevisionId())->set('base_revision', $published->getRevisionId());
    $change->set('differences', $this->kept->differences($published, $rest, $names))->save();
  }

  /**
   * What was stored: a save nested in it may have written into the revision.
   */
  private function stored(ContentEntityInterface $entity): ContentEntityInterface {
    return $this->revision($entity, (int) $entity->getRevisionId()) ?? $entity;
  }

  /**
   * A revision of an item in the item's language; NULL: there is none.
   */
  private function revision(ContentEntityInterface $entity, ?int $id): ?ContentEntityInterface {
    $storage = $this->entityTypeManager->getStorage($entity->getEntityTypeId());
    $stored = $storage instanceof RevisionableStorageInterface && $id ? $storage->loadRevision($id) : NULL;
    $langcode = $entity->language()->getId();
    return $stored instanceof ContentEntityInterface && $stored->hasTranslation($langcode) ? $stored->getTranslation($langcode) : NULL;
  }

  /**
   * Names of the fields that a saved revision holds otherwise than its base.
   *
   * @return string[]
   */
  public function changedFields(ContentEntityInterface $entity, ?int $base): array {
    $before = $this->revision($entity, $base);
    $prints = $before === NULL ? [] : $this->fingerprint->of($before);
    $now = $this->fingerprint->of($entity);
    return array_keys(array_diff_assoc($now, $prints) + array_diff_key($prints, $now));
  }

  /**
   * Returns undecided changes of an item, the newest first.
   *
   * @return \Drupal\background_agents\Entity\Change[]
   *   Undecided changes of an item, the newest first.
   */
  public function pending(ContentEntityInterface $entity, ?string $langcode = NULL): array {
    $query = $this->query($entity)->condition('status', Change::PENDING)->sort('target_revision', 'DESC');
    if ($langcode !== NULL) {
      $query->condition('target_langcode', $langcode);
    }
    return $this->load($query);
  }

  /**
   * Returns the last changes of a language of an item, the newest first.
   *
   * @return \Drupal\background_agents\Entity\Change[]
   *   The last changes of a language of an item, the newest first.
   */
  public function last(ContentEntityInterface $entity, string $langcode, int $limit): array {
    return $this->load($this->query($entity)->condition('target_langcode', $langcode)->condition('status', Change::DRY_RUN, '<>')->sort('target_revision', 'DESC')->range(0, $limit));
  }

  /**
   * Whether the run made the item.
   */
  public function isCreatedBy(Run $run, ContentEntityInterface $entity): bool {
    return $this->load($this->query($entity)->condition('run', $run->id())->condition('operation', 'create')) !== [];
  }

  /**
   * Whether a revision is a draft of this run that nobody decided about.
   */
  public function isPendingOf(Run $run, ContentEntityInterface $entity, string $langcode, int $revision): bool {
    return $this->draftOf($run, $entity, $langcode, $revision)?->isPending() ?? FALSE;
  }

  /**
   * Whether a retry may put its draft in the place of an older one.
   *
   * That is when the newest revision is an untouched draft that an older
   * generation of the same round made, by whatever steps, from the revision
   * that this generation read. What people sent back is not replaced: the new
   * draft is made from it.
   */
  public function isReplaceable(Run $run, ContentEntityInterface $entity, string $langcode, int $newest, int $read): bool {
    $change = $this->draftOf($run, $entity, $langcode, $newest);
    if ($change === NULL || !$change->isPending() || !Rounds::takesBack($change->getGeneration(), $change->getRound(), $run->getGeneration(), $run->getRound())) {
      return FALSE;
    }
    // Bases have smaller ids than what was made from them, so this ends.
    while ($change?->getRound() === $run->getRound() && $change->getBaseRevisionId() !== NULL && $change->getBaseRevisionId() > $read) {
      $change = $this->draftOf($run, $entity, $langcode, $change->getBaseRevisionId());
    }
    return $change?->getRound() === $run->getRound() && $change->getBaseRevisionId() === $read;
  }

  /**
   * Records a decision about changes.
   *
   * @param \Drupal\background_agents\Entity\Change[] $changes
   *   What was decided about.
   * @param string $status
   *   One of the constants of Change.
   * @param int|null $uid
   *   Who decided; NULL when no person did.
   */
  public function decide(array $changes, string $status, ?int $uid): void {
    foreach ($changes as $change) {
      $change->decide($status, $uid, $this->time->getRequestTime())->save();
    }
  }

  /**
   * The moderation state of a translation; NULL without moderation.
   */
  public static function stateOf(ContentEntityInterface $entity): ?string {
    $state = $entity->hasField('moderation_state') ? $entity->get('moderation_state')->value : NULL;
    return $state === NULL || $state === '' ? NULL : (string) $state;
  }

  /**
   * The draft that a new one of the run answers; NULL: nobody sent one back.
   *
   * That is what the run had left of the item before its present round.
   */
  private function answered(Run $run, ContentEntityInterface $entity, string $langcode): ?Change {
    $last = $run->getRound() === 0 ? [] : $this->load($this->query($entity)
      ->condition('run', $run->id())
      ->condition('target_langcode', $langcode)
      ->sort('id', 'DESC')
      ->range(0, 1));
    $change = reset($last) ?: NULL;
    return $change?->getRound() === $run->getRound() ? $change->getAnswered() : $change;
  }

  private function draftOf(Run $run, ContentEntityInterface $entity, string $langcode, int $revision): ?Change {
    $changes = $this->load($this->query($entity)
      ->condition('run', $run->id())
      ->condition('target_langcode', $langcode)
      ->condition('target_revision', $revision));
    return reset($changes) ?: NULL;
  }

  private function query(ContentEntityInterface $entity): QueryInterface {
    return $this->entityTypeManager->getStorage(self::ENTITY_TYPE)->getQuery()
      ->accessCheck(FALSE)
      ->condition('target_type', $entity->getEntityTypeId())
      ->condition('target_uuid', $entity->uuid());
  }

  /**
   * Loads the changes that a query finds, in its order.
   *
   * @return \Drupal\background_agents\Entity\Change[]
   */
  private function load(QueryInterface $query): array {
    return array_values($this->entityTypeManager->getStorage(self::ENTITY_TYPE)->loadMultiple($query->execute()));
  }

}
