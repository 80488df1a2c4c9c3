<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit\Review;

use Drupal\background_agents\Review\Diff\DiffMarkup;
use Drupal\background_agents\Review\Diff\ItemsView;
use Drupal\background_agents\Review\Diff\Nodes;
use Drupal\background_agents\Review\Diff\TextDiff;
use Drupal\background_agents\Review\HtmlBlocks;
use Drupal\Tests\background_agents\Unit\Cases;
use Drupal\Tests\UnitTestCase;
use PHPUnit\Framework\Attributes\CoversClass;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\Attributes\Group;

/**
 * Differences are shown as the vectors say, here and in the demo.
 */
#[CoversClass(DiffMarkup::class)]
#[Group('background_agents')]
final class DiffMarkupTest extends UnitTestCase {

  public static function diffs(): array {
    return Cases::vectors('diffs');
  }

  /**
   * The same HTML as the demo's.
   */
  #[DataProvider('diffs')]
  public function testVectors(\stdClass $case): void {
    $this->assertSame($case->html, $this->html($case->before, $case->after), $case->comment);
  }

  /**
   * Nothing that a text holds is loaded, run or placed elsewhere.
   *
   * @param string $hostile
   *   A stored text.
   */
  #[DataProvider('hostile')]
  public function testNothingOfTheTextLives(string $hostile): void {
    foreach ([$this->html('', $hostile), $this->html('<p>Before</p>', $hostile), $this->html($hostile, '<p>After</p>')] as $html) {
      preg_match_all('#<([^>]*)>#', $html, $tags);
      $alive = array_filter($tags[1], static fn (string $tag): bool => preg_match('#^/?(?:p|ul|ol|li|strong|em|u|s|table|tbody|tr|td|br|ins|del|span)(?: (?:role="none"|class="ba-diff__[a-z]+"))*$#', $tag) !== 1);
      $this->assertSame([], array_values($alive));
    }
  }

  /**
   * Provides texts that would do harm as they are.
   *
   * @return iterable<string, array{string}>
   */
  public static function hostile(): iterable {
    yield 'a script' => ['<p>a<script>alert(1)</script></p>'];
    yield 'a handler' => ['<p onclick="alert(1)">a <img src=x onerror=alert(1)></p>'];
    yield 'an address' => ['<p><a href="javascript:alert(1)">a</a></p>'];
    yield 'a remote image' => ['<p>a <img src="https://elsewhere.example/x.png" srcset="https://elsewhere.example/y.png 2x"></p>'];
    yield 'a style' => ['<p style="position:fixed">a</p><style>*{display:none}</style><div class="visually-hidden">b</div>'];
    yield 'a frame' => ['<iframe src="https://elsewhere.example"></iframe><object data="x"></object><embed src="x">'];
    yield 'a form' => ['<form action="https://elsewhere.example"><input type="submit" value="Accept: Publish"><button>Go</button></form>'];
    yield 'a vector image' => ['<svg><use href="https://elsewhere.example/x.svg#a"/><script>alert(1)</script></svg><math><mtext>a</mtext></math>'];
    yield 'tags in text' => ['<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp;lt;b&amp;gt;</p>'];
    yield 'marks that pretend' => ['<p><ins role="none" class="ba-diff__said">added: </ins><span class="ba-diff__number">1</span> a</p>'];
    yield 'broken tags' => ['<p>a <b>b <i>c</b> d</i><table><p>x</table><li>y'];
  }

  /**
   * What went stands where it stood, before what came there.
   */
  public function testItemsKeepTheirPlaces(): void {
    $this->assertSame([
      ['', 'a'],
      ['del', 'b'],
      ['ins', 'x'],
      ['', 'c'],
      ['ins', 'd'],
    ], ItemsView::merged(['a', 'b', 'c'], ['a', 'x', 'c', 'd']));
    $this->assertSame([['del', 'a'], ['ins', 'b']], ItemsView::merged(['a'], ['b']));
    $this->assertSame([['del', 'a']], ItemsView::merged(['a'], []));
  }

  private function html(string $old, string $new): string {
    $nodes = new Nodes(new HtmlBlocks());
    $markup = new DiffMarkup();
    $markup->setStringTranslation($this->getStringTranslationStub());
    return (string) (trim($old) === '' ? $markup->plain($nodes->of($new)) : $markup->of(new TextDiff($nodes, $old, $new)));
  }

}
