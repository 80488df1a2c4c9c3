<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Remark;
use Drupal\background_agents\Review\SentBack;
use Drupal\background_agents\Review\SentBackStore;
use Drupal\background_agents\StopSwitch;
use Drupal\Component\Utility\Html;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Link;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * The drafts that a run left of an item, and what people said between them.
 *
 * @internal
 */
final class DraftRounds {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly SentBackStore $sentBack,
    private readonly StopSwitch $stopSwitch,
    private readonly DateFormatterInterface $dates,
  ) {}

  /**
   * What waits for the agent, or is with it now; NULL: nothing.
   */
  public function open(Change $change): ?SentBack {
    $run = $change->getRun();
    foreach ($change->isPending() && $run !== NULL ? $this->sentBack->ofRun((int) $run->id()) : [] as $sent) {
      $isOpen = $sent->round === 0 || ($sent->round === $run->getRound() && !$run->isFinal());
      if ($isOpen && $sent->isAbout([(string) $change->uuid()])) {
        return $sent;
      }
    }
    return NULL;
  }

  /**
   * Returns a render array.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param array<string, string|\Stringable> $labels
   *   Labels of its fields, by name.
   *
   * @return array<string, mixed>
   *   Empty when nobody has sent anything back.
   */
  public function build(Change $change, array $labels): array {
    $drafts = $this->drafts($change);
    $said = array_filter($this->sentBack->ofRun($change->getRunId()), static fn (SentBack $sent): bool => $sent->isAbout(array_keys($drafts)));
    if ($said === []) {
      return [];
    }
    $items = [];
    foreach ($drafts as $draft) {
      $items[] = $this->draft($draft, $change);
      foreach ($said as $sent) {
        if ($sent->isAbout([(string) $draft->uuid()])) {
          $items[] = $this->remarks($sent, (string) $draft->uuid(), $labels);
        }
      }
    }
    $open = $this->open($change);
    return [
      '#type' => 'container',
      '#attributes' => ['class' => ['ba-rounds']],
      'open' => $open === NULL ? [] : ['#markup' => '<p class="ba-rounds__open">' . $this->waits($change, $open) . '</p>'],
      'title' => ['#markup' => '<h2 class="ba-rounds__title">' . $this->t('What was said so far') . '</h2>'],
      'list' => ['#theme' => 'item_list', '#list_type' => 'ol', '#items' => $items],
    ];
  }

  /**
   * The drafts that the run left of the item and language.
   *
   * @return array<string, \Drupal\background_agents\Entity\Change>
   *   By UUID, oldest first; at most the last twenty.
   */
  private function drafts(Change $change): array {
    $storage = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE);
    $ids = $storage->getQuery()->accessCheck(FALSE)
      ->condition('run', $change->getRunId())
      ->condition('target_type', $change->getTargetEntityTypeId())
      ->condition('target_uuid', $change->getTargetUuid())
      ->condition('target_langcode', $change->getTargetLangcode())
      ->sort('id', 'DESC')->range(0, 20)->execute();
    $drafts = [];
    foreach (array_reverse($storage->loadMultiple($ids)) as $draft) {
      $drafts[(string) $draft->uuid()] = $draft;
    }
    return $drafts;
  }

  private function draft(Change $draft, Change $shown): array {
    $arguments = [
      '@when' => $this->dates->format($draft->getCreatedTime(), 'short'),
      '@status' => Change::statusLabels()[$draft->getStatus()],
      '@round' => $draft->getRound(),
    ];
    $text = $draft->getRound() === 0 ? $this->t('First draft, @when (@status)', $arguments) : $this->t('Draft of round @round, @when (@status)', $arguments);
    return $draft->id() === $shown->id()
      ? ['#markup' => '<strong aria-current="page">' . $text . '</strong>', '#allowed_tags' => ['strong']]
      : Link::createFromRoute($text, 'entity.background_agents_change.canonical', ['background_agents_change' => $draft->id()])->toRenderable();
  }

  /**
   * What one person said about one draft.
   */
  private function remarks(SentBack $sent, string $draft, array $labels): array {
    $texts = [];
    foreach (array_filter($sent->remarks, static fn (Remark $remark): bool => $remark->change === $draft) as $remark) {
      $text = Html::escape($remark->text);
      $label = $remark->field === NULL ? '' : '<strong>' . Html::escape((string) ($labels[$remark->field] ?? $remark->field)) . ':</strong> ';
      $texts[] = [
        '#markup' => "<span class=\"ba-rounds__remark\">$label$text</span>",
        '#allowed_tags' => ['span', 'strong'],
      ];
    }
    return [
      '#markup' => $this->t('@who sent it back on @when:', [
        '@who' => $sent->name,
        '@when' => $this->dates->format($sent->created, 'short'),
      ]),
      'said' => ['#theme' => 'item_list', '#items' => $texts],
    ];
  }

  /**
   * What a draft that was sent back waits for.
   */
  private function waits(Change $change, SentBack $open): TranslatableMarkup {
    $arguments = ['@who' => $open->name, '@when' => $this->dates->format($open->created, 'short')];
    $run = $change->getRun();
    return match (TRUE) {
      $open->round > 0 => $this->t('@who sent this draft back on @when. The agent is working on it.', $arguments),
      $run !== NULL && !$run->isFinal() => $this->t('@who sent this draft back on @when. The agent works on it as soon as its present run has ended.', $arguments),
      $this->stopSwitch->isStopped() => $this->t('@who sent this draft back on @when. The agent works on it when agents are started again.', $arguments),
      default => $this->t('@who sent this draft back on @when. The agent cannot work on it now: it was deleted or disabled, or has no account.', $arguments),
    };
  }

}
