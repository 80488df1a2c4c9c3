<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\DraftListAccess;
use Drupal\background_agents\Timeline\Value;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Language\LanguageManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * The drafts that a run left, with links for editors.
 *
 * The database says which of them the person may edit, as in lists of drafts:
 * to ask the access of each would cost several queries for each draft.
 *
 * @internal
 */
final class ChangeTable {

  use StringTranslationTrait;

  /**
   * Drafts that are listed.
   */
  private const int MOST = 200;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly LanguageManagerInterface $languageManager,
    private readonly Connection $database,
    private readonly DraftListAccess $access,
    private readonly AccountInterface $currentUser,
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
    $editable = $this->editable($run);
    $this->loadTargets(array_intersect_key($changes, $editable));
    return [
      '#type' => 'html_tag',
      '#tag' => 'section',
      '#attributes' => ['class' => ['ba-changes'], 'aria-labelledby' => 'ba-changes'],
      'title' => [
        '#type' => 'html_tag',
        '#tag' => 'h2',
        '#attributes' => ['id' => 'ba-changes', 'class' => ['ba-changes__title']],
        'text' => ['#markup' => $run->isDryRun() ? $this->t('Proposed by this test run, and not saved') : $this->t('Drafts of this run')],
      ],
      'list' => [
        '#theme' => 'item_list',
        '#items' => array_map(fn (Change $change): array => $this->item($change, isset($editable[$change->id()])), array_values($changes)),
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
   * Links to the pages of the drafts, for the timeline.
   *
   * @return array<string, \Drupal\Core\Url>
   *   Keyed by "entity type:revision id"; of a test run, by UUID of the change.
   */
  public function links(Run $run): array {
    $links = [];
    foreach ($run->isDryRun() ? $this->changes($run) : array_intersect_key($this->changes($run), $this->editable($run)) as $change) {
      $links[$change->isDryRun() ? (string) $change->uuid() : $change->getTargetEntityTypeId() . ':' . $change->getTargetRevisionId()] = $change->toUrl();
    }
    return $links;
  }

  /**
   * The changes of a run, oldest first.
   *
   * @return array<int, \Drupal\background_agents\Entity\Change>
   *   The changes, by id.
   */
  private function changes(Run $run): array {
    $storage = $this->entityTypeManager->getStorage('background_agents_change');
    $ids = $storage->getQuery()->accessCheck(FALSE)->condition('run', $run->id())->sort('id')->range(0, self::MOST)->execute();
    return $storage->loadMultiple($ids);
  }

  /**
   * Which changes of a run are of content that the person may edit.
   *
   * @return array<int, int>
   *   Ids as keys.
   */
  private function editable(Run $run): array {
    $query = $this->database->select('background_agents_change', 'c')->fields('c', ['id'])->condition('c.run', $run->id())->orderBy('c.id')->range(0, self::MOST);
    $this->access->restrictToReview($query, 'c', $this->currentUser);
    return array_flip($query->execute()->fetchCol());
  }

  /**
   * Loads content at once that is asked for one by one.
   *
   * @param array<int, \Drupal\background_agents\Entity\Change> $changes
   *   The changes.
   */
  private function loadTargets(array $changes): void {
    $ids = [];
    foreach ($changes as $change) {
      $ids[$change->getTargetEntityTypeId()][] = $change->getTargetId();
    }
    foreach ($ids as $type => $targets) {
      $this->entityTypeManager->getStorage($type)->loadMultiple(array_unique($targets));
    }
  }

  /**
   * One draft: what it is about, what was done and why, and where to go.
   */
  private function item(Change $change, bool $isEditable): array {
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
        '#plain_text' => $this->deed($change) . ': ' . Value::text($change->getSummary())['text'],
      ]),
      'links' => [
        '#theme' => 'links',
        '#links' => match (TRUE) {
          // Who sees a test run sees what it proposes.
          $change->isDryRun() => ['review' => ['title' => $this->t('See what it proposes'), 'url' => $change->toUrl()]],
          $isEditable => $this->linksOf($change),
          default => [],
        },
        '#attributes' => ['class' => ['ba-changes__links']],
      ],
    ];
  }

  private function deed(Change $change): TranslatableMarkup {
    $isNew = $change->getOperation() === 'create';
    return match (TRUE) {
      $change->isDryRun() => $isNew ? $this->t('Would create') : $this->t('Would revise'),
      default => $isNew ? $this->t('Created') : $this->t('Revised'),
    };
  }

  /**
   * Where to decide about a draft, or see what came of it, and where to edit.
   *
   * The first is a button while one can decide. Preview, comparison and
   * versions are a click further.
   *
   * @return array<string, array<string, mixed>>
   *   As links.html.twig takes them; none when the content was deleted.
   */
  private function linksOf(Change $change): array {
    $entity = $change->getTarget();
    if ($entity === NULL) {
      return [];
    }
    $langcode = $change->getTargetLangcode();
    $entity = $langcode !== NULL && $entity->hasTranslation($langcode) ? $entity->getTranslation($langcode) : $entity;
    $review = $change->isPending()
      ? ['title' => $this->t('Review'), 'attributes' => ['class' => ['button', 'button--small', 'button--primary']]]
      : ['title' => $this->t('See')];
    return ['review' => $review + ['url' => $change->toUrl()]] + ($entity->hasLinkTemplate('edit-form')
      ? ['edit' => ['title' => $this->t('Edit'), 'url' => $entity->toUrl('edit-form')]]
      : []);
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
