<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Draft\ItemChanges;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Run\ItemRuns;
use Drupal\background_agents\Timeline\Value;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Language\LanguageManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * The tables of the tab "Agents": the drafts and the runs of an item.
 *
 * Nothing is counted, as in RunTable. Who may open the tab may edit the item,
 * so sees its drafts; runs are those that one may see.
 *
 * @internal
 */
final class ItemTables {

  use StringTranslationTrait;

  private const int PER_PAGE = 25;

  /**
   * The pagers of the page have numbers: first the drafts, then the runs.
   */
  private const int DRAFTS = 0;
  private const int RUNS = 1;

  public function __construct(
    private readonly ItemChanges $changes,
    private readonly ItemRuns $runs,
    private readonly RunTable $runTable,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly LanguageManagerInterface $languageManager,
    private readonly DateFormatterInterface $dates,
    private readonly PageLinks $pages,
  ) {}

  /**
   * The drafts that agents left on the item, in all languages.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function drafts(ContentEntityInterface $item, AccountInterface $account): array {
    $found = $this->changes->page($item, $this->pages->offset(self::PER_PAGE, self::DRAFTS), self::PER_PAGE + 1);
    $changes = $this->pages->page($found, self::PER_PAGE, self::DRAFTS);
    $this->loadReferenced($changes);
    $header = [
      $this->t('What was done'),
      $this->t('Status'),
      $this->t('When'),
      $this->t('Agent'),
      ...$this->languageManager->isMultilingual() ? [$this->t('Language')] : [],
      $this->t('Look'),
    ];
    $mayReview = $account->hasPermission('review background agent drafts');
    return [
      '#type' => 'container',
      'title' => ['#markup' => '<h2>' . $this->t('Drafts') . '</h2>'],
      'table' => CardTable::of([
        '#type' => 'table',
        '#header' => $header,
        '#rows' => array_map(fn (Change $change): array => $this->row($change, $mayReview), $changes),
        '#empty' => $this->t('No agent has left a draft here. When one does, it is listed here with what became of it.'),
      ], $this->t('Drafts')),
      'pager' => $this->pages->build(self::DRAFTS),
    ];
  }

  /**
   * The runs that the item started, or that left a draft on it.
   *
   * @return array<string, mixed>|null
   *   A render array; NULL for those who may see no runs.
   */
  public function runs(ContentEntityInterface $item, AccountInterface $account): ?array {
    $isAny = $account->hasPermission('administer background agents') || $account->hasPermission('view any background agent run');
    if (!$isAny && !$account->hasPermission('view own background agent runs')) {
      return NULL;
    }
    $found = $this->runs->page($item, $isAny ? NULL : (int) $account->id(), $this->pages->offset(self::PER_PAGE, self::RUNS), self::PER_PAGE + 1);
    return [
      '#type' => 'container',
      'title' => ['#markup' => '<h2>' . $this->t('Runs') . '</h2>'],
      'table' => $this->runTable->table($this->pages->page($found, self::PER_PAGE, self::RUNS), $isAny
        ? $this->t('No agent has worked on this content yet.')
        : $this->t('No agent has worked on this content for you yet.')),
      'pager' => $this->pages->build(self::RUNS),
    ];
  }

  /**
   * Loads at once what the rows ask for one by one.
   *
   * @param \Drupal\background_agents\Entity\Change[] $changes
   *   The changes.
   */
  private function loadReferenced(array $changes): void {
    foreach (['background_agents_run' => 'run', 'user' => 'decided_by'] as $type => $field) {
      $ids = array_map(static fn (Change $change): mixed => $change->get($field)->target_id, $changes);
      $this->entityTypeManager->getStorage($type)->loadMultiple(array_unique(array_filter($ids)));
    }
  }

  private function row(Change $change, bool $mayReview): array {
    $language = $this->languageManager->getLanguage((string) $change->getTargetLangcode());
    $run = $change->getRun();
    $links = [];
    if ($mayReview) {
      $links['review'] = [
        'title' => $change->isPending() ? $this->t('Review') : $this->t('See'),
        'url' => $change->toUrl(),
      ];
    }
    if ($run?->access('view')) {
      $links['run'] = ['title' => $this->t('Run'), 'url' => $run->toUrl()];
    }
    $text = Value::text($change->getSummary())['text'] ?: (string) ($change->getOperation() === 'create' ? $this->t('Created') : $this->t('Revised'));
    return [
      [
        'data' => [
          '#type' => 'html_tag',
          '#tag' => 'span',
          '#attributes' => ['dir' => 'auto'],
          'text' => $mayReview ? $change->toLink($text)->toRenderable() : ['#plain_text' => $text],
        ],
      ],
      ['data' => $this->status($change)],
      $this->dates->format($change->getCreatedTime(), 'short'),
      ContentNotes::agent($change),
      ...$this->languageManager->isMultilingual() ? [$language?->getName() ?? (string) $change->getTargetLangcode()] : [],
      ['data' => ['#type' => 'operations', '#links' => $links]],
    ];
  }

  /**
   * The badge, and below it what came of the draft and who decided.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  private function status(Change $change): array {
    return [
      'badge' => [
        '#type' => 'html_tag',
        '#tag' => 'span',
        '#attributes' => ['class' => ['ba-badge', 'ba-badge--' . ChangeTable::tone($change->getStatus())]],
        'text' => ['#plain_text' => (string) (Change::statusLabels()[$change->getStatus()] ?? $change->getStatus())],
      ],
      'more' => [
        '#access' => !$change->isPending(),
        '#type' => 'html_tag',
        '#tag' => 'div',
        '#attributes' => ['class' => ['ba-meta']],
        'text' => ['#markup' => $this->decided($change)],
      ],
    ];
  }

  private function decided(Change $change): TranslatableMarkup|string {
    $who = $change->getDecidedBy()?->getDisplayName();
    $share = $change->getOutcomeShare();
    $arguments = ['@who' => $who, '@share' => round(100 * (float) $share)];
    return match (TRUE) {
      $who === NULL && $share === NULL => '',
      $share === NULL => $this->t('by @who', $arguments),
      $who === NULL => $this->t('@share % published', $arguments),
      default => $this->t('by @who, @share % published', $arguments),
    };
  }

}
