<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Provenance;

use Drupal\background_agents\Agent\Version\AgentVersions;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Guard\LatestRevision;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Cache\Cache;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Keeps by whom the text of revisions was written, and who checked it.
 *
 * A row goes with the agent's revision, and with each later one in which
 * something of it stands: a copy in a field would go on with a text that was
 * written anew.
 *
 * @internal
 */
final class ProvenanceRecorder {

  /**
   * Ids of the default revisions before saves that go on.
   *
   * @var \WeakMap<\Drupal\Core\Entity\EntityInterface, int>
   */
  private \WeakMap $defaults;

  public function __construct(
    private readonly ProvenanceStore $store,
    private readonly HeldFields $held,
    private readonly AgentVersions $versions,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AgentScope $scope,
    private readonly TimeInterface $time,
    private readonly AccountInterface $currentUser,
    private readonly LatestRevision $latest,
  ) {
    $this->defaults = new \WeakMap();
  }

  /**
   * Writes down what an agent has saved, in the transaction of the draft.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The change, saved.
   * @param \Drupal\background_agents\Entity\Run $run
   *   Its run.
   * @param \Drupal\Core\Entity\ContentEntityInterface $revision
   *   What was saved.
   */
  public function written(Change $change, Run $run, ContentEntityInterface $revision): void {
    $number = $run->getAgentVersion();
    $version = $number === NULL ? NULL : $this->versions->load($run->getAgentId(), $number);
    $this->store->write($revision, new Provenance(
      (int) $change->id(),
      $run->uuid(),
      $run->getAgentId(),
      $version?->model() ?? (string) $run->getAgent()?->getModel(),
      $number,
      $this->time->getRequestTime(),
      array_keys($change->getOwnValues()['after'] ?? []),
    ));
  }

  /**
   * Remembers what was the default version before a save.
   *
   * The other languages of a new version are made from it.
   */
  public function before(ContentEntityInterface $entity): void {
    if (!$entity->isNew() && count($entity->getTranslationLanguages()) > 1) {
      $this->defaults[$entity] = (int) $this->latest->defaultIdOf($entity->getEntityTypeId(), (string) $entity->id());
    }
  }

  /**
   * Writes down what of agents stands in a version that was just saved.
   *
   * Call it in the save. What a person publishes, they have checked.
   */
  public function saved(ContentEntityInterface $entity): void {
    $loaded = (int) ($entity->getLoadedRevisionId() ?? 0);
    $default = $this->defaults[$entity] ?? $loaded;
    $rows = $this->store->ofRevisions($entity->getEntityTypeId(), array_unique([$loaded, $default]));
    if ($rows === []) {
      return;
    }
    foreach (array_keys($entity->getTranslationLanguages()) as $langcode) {
      $base = $langcode === $entity->language()->getId() ? $loaded : $default;
      $found = $rows[$base][$langcode] ?? [];
      if ($found !== []) {
        $this->carry($found, $base, $entity->getTranslation($langcode), $langcode === $entity->language()->getId());
      }
    }
  }

  /**
   * Takes what stands in one language of a version along to the next.
   *
   * @param array<int, \Drupal\background_agents\Review\Provenance\Provenance> $rows
   *   What stood in the former version, by origin.
   * @param int $base
   *   Id of the former version.
   * @param \Drupal\Core\Entity\ContentEntityInterface $version
   *   The next one.
   * @param bool $isSaved
   *   Whether it was the language that was saved.
   */
  private function carry(array $rows, int $base, ContentEntityInterface $version, bool $isSaved): void {
    $isChecked = $isSaved && self::isLive($version) && !$this->scope->isActive() && $this->currentUser->isAuthenticated();
    [$uid, $now] = [(int) $this->currentUser->id(), $this->time->getRequestTime()];
    $changes = $this->entityTypeManager->getStorage('background_agents_change')->loadMultiple(array_keys($rows));
    $kept = [];
    foreach ($rows as $origin => $row) {
      $fields = $this->fields($row, $changes[$origin] ?? NULL, $version, $base);
      if ($fields === []) {
        $this->store->remove($version, $origin);
        continue;
      }
      $kept[] = $origin;
      $this->store->write($version, $isChecked ? $row->in($fields)->checkedBy($uid, $now) : $row->in($fields));
    }
    if ($isChecked) {
      $this->store->check($kept, $uid, $now);
    }
  }

  /**
   * Writes down that a person has accepted a draft, by whatever way.
   *
   * They may have put its words into a version of their own.
   */
  public function accepted(Change $change, int $uid): void {
    $live = $change->getTarget();
    $langcode = (string) $change->getTargetLangcode();
    $run = $change->getRun();
    if ($live === NULL || $run === NULL || !$live->hasTranslation($langcode) || !self::isLive($live->getTranslation($langcode))) {
      return;
    }
    $version = $live->getTranslation($langcode);
    $fields = $this->held->ofDraft($change, $version);
    $origin = (int) $change->id();
    if ($fields !== [] && !isset($this->store->of($version, (int) $version->getRevisionId())[$origin])) {
      $number = $change->getAgentVersion();
      $model = $number === NULL ? NULL : $this->versions->load($change->getAgentId(), $number)?->model();
      $this->store->write($version, (new Provenance($origin, $run->uuid(), $change->getAgentId(), (string) $model, $number, $change->getCreatedTime(), $fields))
        ->checkedBy($uid, $this->time->getRequestTime()));
    }
    $this->store->check([$origin], $uid, $this->time->getRequestTime());
    Cache::invalidateTags($version->getCacheTagsToInvalidate());
  }

  /**
   * The fields of a version in which something of a row stands.
   *
   * @return list<string>
   *   Their names.
   */
  private function fields(Provenance $row, mixed $change, ContentEntityInterface $version, int $base): array {
    if ($change instanceof Change && $change->getOwnValues() !== NULL) {
      return $this->held->ofDraft($change, $version);
    }
    $storage = $this->entityTypeManager->getStorage($version->getEntityTypeId());
    $former = $storage instanceof RevisionableStorageInterface ? $storage->loadRevision($base) : NULL;
    $langcode = $version->language()->getId();
    return $former instanceof ContentEntityInterface && $former->hasTranslation($langcode)
      ? $this->held->ofBase($row->fields, $former->getTranslation($langcode), $version)
      : $row->fields;
  }

  private static function isLive(ContentEntityInterface $version): bool {
    return $version->isDefaultRevision() && (!$version instanceof EntityPublishedInterface || $version->isPublished());
  }

}
