<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\filter\FilterFormatInterface;

/**
 * Reads a stored text by its text format: as HTML, or as lines.
 *
 * @internal
 */
final class TextBlocks {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly HtmlBlocks $html,
  ) {}

  /**
   * Returns the blocks of a text, as HtmlBlocks tells them.
   *
   * @param string $text
   *   A text as it is stored.
   * @param string $format
   *   Id of its format; empty: none.
   *
   * @return list<array{tag: string, content: array}>
   *   Its blocks, as HtmlBlocks tells them.
   */
  public function of(string $text, string $format): array {
    $found = $format === '' ? NULL : $this->entityTypeManager->getStorage('filter_format')->load($format);
    $text = str_replace(["\r\n", "\r"], "\n", $text);
    return $this->html->of($this->asHtml($text, $found instanceof FilterFormatInterface ? $found : NULL));
  }

  /**
   * Whether texts of a format are stored as HTML, and line breaks mean nothing.
   */
  public function isHtml(string $format): bool {
    $found = $format === '' ? NULL : $this->entityTypeManager->getStorage('filter_format')->load($format);
    return $found instanceof FilterFormatInterface && !self::has($found, 'filter_html_escape') && !self::has($found, 'filter_autop');
  }

  /**
   * Where a format shows line breaks, they are tags here.
   */
  private function asHtml(string $text, ?FilterFormatInterface $format): string {
    if ($format !== NULL && self::has($format, 'filter_html_escape')) {
      $text = htmlspecialchars($text);
    }
    return $format !== NULL && self::has($format, 'filter_autop') ? _filter_autop($text) : $text;
  }

  private static function has(FilterFormatInterface $format, string $filter): bool {
    return $format->filters()->has($filter) && $format->filters($filter)->status;
  }

}
