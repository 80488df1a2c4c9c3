<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Timeline\Value;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;
use Drupal\Core\Language\LanguageManagerInterface;
use Drupal\Core\Routing\RouteProviderInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * The drafts that a run left, with links for editors.
 *
 * @internal
 */
final class ChangeTable {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly LanguageManagerInterface $languageManager,
    private readonly RouteProviderInterface $routeProvider,
  ) {}

  /**
   * The table; nothing when the run left no drafts.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(Run $run): array {
    $changes = $this->changes($run);
    if ($changes === []) {
      return [];
    }
    return [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-changes']],
      'table' => [
        '#type' => 'table',
        '#caption' => $this->t('Drafts of this run'),
        '#header' => [$this->t('Content'), $this->t('What was done'), $this->t('Status'), $this->t('Look')],
        '#rows' => array_map($this->row(...), $changes),
      ],
    ];
  }

  /**
   * Changes when the table does.
   */
  public function version(Run $run): string {
    return implode(',', array_map(static fn (Change $change): string => $change->id() . $change->getStatus(), $this->changes($run)));
  }

  /**
   * Links to the drafts, for the timeline.
   *
   * @return array<string, \Drupal\Core\Url>
   *   Keyed by "entity type:revision id".
   */
  public function links(Run $run): array {
    $links = [];
    foreach ($this->changes($run) as $change) {
      $url = $this->urls($change)['draft']['url'] ?? NULL;
      if ($url !== NULL) {
        $links[$change->getTargetEntityTypeId() . ':' . $change->getTargetRevisionId()] = $url;
      }
    }
    return $links;
  }

  /**
   * The changes of a run, oldest first.
   *
   * @return \Drupal\background_agents\Entity\Change[]
   *   The changes.
   */
  private function changes(Run $run): array {
    $storage = $this->entityTypeManager->getStorage('background_agents_change');
    $ids = $storage->getQuery()->accessCheck(FALSE)->condition('run', $run->id())->sort('id')->range(0, 200)->execute();
    $changes = $ids === [] ? [] : $storage->loadMultiple($ids);
    return array_values($changes);
  }

  /**
   * One row.
   */
  private function row(Change $change): array {
    $status = Change::statusLabels()[$change->getStatus()] ?? $change->getStatus();
    $what = $change->getOperation() === 'create' ? $this->t('Created') : $this->t('Revised');
    return [
      Value::text($change->getTargetLabel())['text'] . ($change->getTargetLangcode() !== NULL && $this->languageManager->isMultilingual() ? ' (' . $change->getTargetLangcode() . ')' : ''),
      [
        'data' => [
          'what' => ['#markup' => $what],
          'summary' => [
            '#type' => 'html_tag',
            '#tag' => 'div',
            '#attributes' => ['class' => ['ba-meta'], 'dir' => 'auto'],
            'text' => ['#plain_text' => Value::text($change->getSummary())['text']],
          ],
        ],
      ],
      [
        'data' => [
          '#type' => 'html_tag',
          '#tag' => 'span',
          '#attributes' => ['class' => ['ba-badge', 'ba-badge--' . self::tone($change->getStatus())]],
          'text' => ['#plain_text' => (string) $status],
        ],
      ],
      ['data' => ['#type' => 'operations', '#links' => $this->urls($change)]],
    ];
  }

  /**
   * Where to look at a draft, compare it and edit it.
   *
   * @return array<string, array{title: mixed, url: \Drupal\Core\Url}>
   *   Only those that the person may follow.
   */
  private function urls(Change $change): array {
    $entity = $change->getTarget();
    if ($entity === NULL) {
      return [];
    }
    $langcode = $change->getTargetLangcode();
    $entity = $langcode !== NULL && $entity->hasTranslation($langcode) ? $entity->getTranslation($langcode) : $entity;
    $urls = [
      'review' => ['title' => $this->t('Review'), 'url' => $change->isPending() ? $change->toUrl() : NULL],
      'draft' => ['title' => $this->t('Draft'), 'url' => $this->draftUrl($change, $entity)],
      'diff' => ['title' => $this->t('Compare'), 'url' => $this->diffUrl($change, $entity)],
      'edit' => ['title' => $this->t('Edit'), 'url' => $this->template($entity, 'edit-form')],
      'history' => ['title' => $this->t('Revisions'), 'url' => $this->template($entity, 'version-history')],
    ];
    return array_filter($urls, static fn (array $link): bool => $link['url'] !== NULL && $link['url']->access());
  }

  /**
   * The page of the draft: the latest version, or the revision.
   */
  private function draftUrl(Change $change, ContentEntityInterface $entity): ?Url {
    $storage = $this->entityTypeManager->getStorage($entity->getEntityTypeId());
    $revision_id = $change->getTargetRevisionId();
    if ((int) $entity->getRevisionId() === $revision_id) {
      return $this->template($entity, 'canonical');
    }
    $latest = $storage instanceof RevisionableStorageInterface ? (int) $storage->getLatestRevisionId($entity->id()) : NULL;
    if ($latest === $revision_id) {
      $url = $this->template($entity, 'latest-version');
      if ($url?->access()) {
        return $url;
      }
    }
    $revision = $storage instanceof RevisionableStorageInterface ? $storage->loadRevision($revision_id) : NULL;
    return $revision instanceof ContentEntityInterface ? $this->template($revision, 'revision') : NULL;
  }

  /**
   * The comparison of the module Diff, when it is there.
   */
  private function diffUrl(Change $change, ContentEntityInterface $entity): ?Url {
    $route = $entity->getEntityTypeId() === 'node' ? 'diff.revisions_diff' : 'entity.' . $entity->getEntityTypeId() . '.revisions_diff';
    if ($change->getBaseRevisionId() === NULL || count($this->routeProvider->getRoutesByNames([$route])) === 0) {
      return NULL;
    }
    return Url::fromRoute($route, [
      $entity->getEntityTypeId() => $entity->id(),
      'left_revision' => $change->getBaseRevisionId(),
      'right_revision' => $change->getTargetRevisionId(),
      'filter' => 'split_fields',
    ]);
  }

  private function template(ContentEntityInterface $entity, string $rel): ?Url {
    return $entity->hasLinkTemplate($rel) ? $entity->toUrl($rel) : NULL;
  }

  /**
   * The tone of a status: ok, error, info or live.
   */
  public static function tone(string $status): string {
    return match ($status) {
      Change::PENDING => 'live',
      Change::ACCEPTED => 'ok',
      Change::REJECTED => 'error',
      default => 'info',
    };
  }

}
