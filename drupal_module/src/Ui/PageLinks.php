<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\Core\Pager\PagerManagerInterface;
use Drupal\Core\Pager\PagerParametersInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * Links to the page before and the next one of a list that nobody counts.
 *
 * @internal
 */
final class PageLinks {

  use StringTranslationTrait;

  public function __construct(
    private readonly PagerManagerInterface $pagers,
    private readonly PagerParametersInterface $parameters,
  ) {}

  /**
   * Where the page begins that the address names.
   */
  public function offset(int $perPage, int $element = 0): int {
    return $this->parameters->findPage($element) * $perPage;
  }

  /**
   * What is shown of what was found: one more tells of a next page.
   *
   * @param T[] $found
   *   One more than a page, where there are so many.
   * @param int $perPage
   *   How many a page holds.
   * @param int $element
   *   Number of the pager.
   *
   * @return T[]
   *   A page of it.
   *
   * @template T
   */
  public function page(array $found, int $perPage, int $element = 0): array {
    $this->pagers->createPager($this->offset($perPage, $element) + count($found), $perPage, $element);
    return array_slice($found, 0, $perPage, TRUE);
  }

  /**
   * Builds them, when page() was called before.
   *
   * @param int $element
   *   Number of the pager.
   *
   * @return array<string, mixed>
   *   A render array; empty when there is one page only.
   */
  public function build(int $element = 0): array {
    $pager = $this->pagers->getPager($element);
    $current = $pager?->getCurrentPage() ?? 0;
    $links = array_filter([
      $current > 1 ? $this->link($this->t('First page'), $element, 0) : NULL,
      $current > 0 ? $this->link($this->t('Previous page'), $element, $current - 1) : NULL,
      $pager !== NULL && $current + 1 < $pager->getTotalPages() ? $this->link($this->t('Next page'), $element, $current + 1) : NULL,
    ]);
    return $links === [] ? [] : [
      '#type' => 'html_tag',
      '#tag' => 'nav',
      '#attributes' => ['class' => ['ba-pages'], 'aria-label' => $this->t('Pages')],
      '#cache' => ['contexts' => ['url.query_args']],
      'now' => ['#plain_text' => (string) $this->t('Page @number', ['@number' => $current + 1])],
    ] + array_values($links);
  }

  private function link(mixed $title, int $element, int $page): array {
    $query = $this->pagers->getUpdatedParameters([], $element, $page);
    return ['#type' => 'link', '#title' => $title, '#url' => Url::fromRoute('<current>', [], ['query' => $query])];
  }

}
