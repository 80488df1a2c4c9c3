<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Drush\PlainText;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\TestCase;

/**
 * A terminal shows texts of agents, and obeys nothing in them.
 */
#[Group('background_agents')]
final class PlainTextTest extends TestCase {

  /**
   * Control characters and those that turn the order go; all others stay.
   */
  public function testOf(): void {
    $this->assertSame("a[2Jb\nc\td", PlainText::of("a\u{1B}[2J\u{202E}b\nc\td\r\u{9B}"));
    $this->assertSame("Zażółć 👩\u{200D}🚒", PlainText::of("Zażółć 👩\u{200D}🚒"));
    $this->assertSame('a?', PlainText::of("a\xFF"));
  }

  /**
   * Marks are brackets, blocks are lines, and what is only said is left out.
   */
  public function testOfMarkup(): void {
    $html = '<p>Old <del role="none"><span class="ba-diff__said">removed: </span>words</del> &lt;b&gt;</p><ul><li><ins>One</ins></li></ul>';
    $this->assertSame("Old [-words-] <b>\n[+One+]", PlainText::ofMarkup($html));
  }

}
