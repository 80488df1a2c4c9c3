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
   * The drafts; nothing when the run left none.
   *
   * A list, not a table: on a telephone its links need no sideways scrolling.
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
      '#type' => 'html_tag',
      '#tag' => 'section',
      '#attributes' => ['class' => ['ba-changes'], 'aria-labelledby' => 'ba-changes'],
      'title' => [
        '#type' => 'html_tag',
        '#tag' => 'h2',
        '#attributes' => ['id' => 'ba-changes', 'class' => ['ba-changes__title']],
        'text' => ['#markup' => $this->t('Drafts of this run')],
      ],
      'list' => [
        '#theme' => 'item_list',
        '#items' => array_map($this->item(...), $changes),
        '#attributes' => ['class' => ['ba-changes__list']],
      ],
    ];
  }

  /**
   * Changes when the list does.
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
   * One draft: what it is about, what was done and why, and where to go.
   */
  private function item(Change $change): array {
    $isNamed = $change->getTargetLangcode() !== NULL && $this->languageManager->isMultilingual();
    $tag = static fn (string $tag, string $class, array $inner): array => [
      '#type' => 'html_tag',
      '#tag' => $tag,
      '#attributes' => ['class' => explode(' ', $class), 'dir' => 'auto'],
      'inner' => $inner,
    ];
    return [
      'label' => $tag('strong', 'ba-changes__label', [
        '#plain_text' => Value::text($change->getTargetLabel())['text'] . ($isNamed ? ' (' . $change->getTargetLangcode() . ')' : ''),
      ]),
      'status' => $tag('span', 'ba-badge ba-badge--' . self::tone($change->getStatus()), [
        '#plain_text' => (string) (Change::statusLabels()[$change->getStatus()] ?? $change->getStatus()),
      ]),
      'summary' => $tag('p', 'ba-meta', [
        '#plain_text' => ($change->getOperation() === 'create' ? $this->t('Created') : $this->t('Revised')) . ': ' . Value::text($change->getSummary())['text'],
      ]),
      'links' => $this->linkRow($change),
    ];
  }

  /**
   * The links in a row: the one to decide is a button while it can be.
   */
  private function linkRow(Change $change): array {
    $links = $this->urls($change);
    if (isset($links['review'])) {
      $links['review']['attributes'] = ['class' => ['button', 'button--small', 'button--primary']];
    }
    return ['#theme' => 'links', '#links' => $links, '#attributes' => ['class' => ['ba-changes__links']]];
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
