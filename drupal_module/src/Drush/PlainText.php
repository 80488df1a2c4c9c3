<?php

declare(strict_types=1);

namespace Drupal\background_agents\Drush;

/**
 * Texts of agents and people as a terminal may show them.
 *
 * @internal
 */
final class PlainText {

  /**
   * Marks what was added and removed, in a rendered difference.
   */
  private const MARKS = [
    // What the marks say to those who do not see them.
    '~<span class="ba-diff__said">.*?</span>~su' => '',
    '~<span class="ba-diff__number">.*?</span>~su' => '',
    '~<ins\b[^>]*>(.*?)</ins>~su' => '[+$1+]',
    '~<del\b[^>]*>(.*?)</del>~su' => '[-$1-]',
    '~<(?:br|/p|/li|/tr|/h[1-6]|/div|/dd|/dt)\b[^>]*>~u' => "\n",
  ];

  /**
   * The text without what a terminal obeys, or shows in another order.
   */
  public static function of(string $text): string {
    return (string) preg_replace('/[\x{00}-\x{08}\x{0B}-\x{1F}\x{7F}-\x{9F}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2066}-\x{2069}]/u', '', mb_scrub($text));
  }

  /**
   * A rendered difference as a text: [+added+], [-removed-].
   */
  public static function ofMarkup(string $html): string {
    $html = (string) preg_replace(array_keys(self::MARKS), array_values(self::MARKS), mb_scrub($html));
    $text = self::of(html_entity_decode(strip_tags($html), ENT_QUOTES | ENT_HTML5));
    return trim((string) preg_replace(['/[ \t]+/u', '/ ?\n[ \n]*/u'], [' ', "\n"], $text));
  }

}
