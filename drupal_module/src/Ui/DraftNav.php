<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\DraftNeighbours;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * The way from one draft to the next.
 *
 * @internal
 */
final class DraftNav {

  use StringTranslationTrait;

  public function __construct(
    private readonly DraftNeighbours $neighbours,
  ) {}

  /**
   * Returns a render array.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(Change $change): array {
    $next = $this->neighbours->after($change);
    $before = $change->isPending() ? $this->neighbours->before($change) : NULL;
    return [
      '#type' => 'html_tag',
      '#tag' => 'nav',
      '#attributes' => ['class' => ['ba-review__nav'], 'aria-label' => $this->t("Agents' drafts")],
      'count' => ['#type' => 'html_tag', '#tag' => 'span', 'text' => ['#markup' => $this->others($change)]],
      'before' => $this->link($before, $this->t('Previous draft'), []),
      // Whoever has decided goes on from here.
      'next' => $this->link($next, $this->t('Next draft'), $change->isPending() ? [] : ['button', 'button--primary']),
    ];
  }

  private function others(Change $change): TranslatableMarkup|\Stringable {
    $count = $this->neighbours->others($change);
    return match (TRUE) {
      $count === 0 => $this->t('No other draft waits for you.'),
      $count >= DraftNeighbours::MOST => $this->t('@count and more others wait for you.', ['@count' => $count]),
      default => $this->formatPlural($count, '1 more draft waits for you.', '@count more drafts wait for you.'),
    };
  }

  private function link(?Change $change, TranslatableMarkup $label, array $classes): array {
    return $change === NULL ? [] : [
      '#type' => 'link',
      '#title' => $this->t('@which: @label', ['@which' => $label, '@label' => $change->getTargetLabel()]),
      '#url' => $change->toUrl(),
      '#attributes' => ['class' => $classes],
    ];
  }

}
