<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit\Review;

use Drupal\background_agents\Review\Diff\Nodes;
use Drupal\background_agents\Review\Diff\TextDiff;
use Drupal\background_agents\Review\HtmlBlocks;
use Drupal\Component\Utility\Html;
use Drupal\Tests\UnitTestCase;
use PHPUnit\Framework\Attributes\CoversClass;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\Attributes\Group;

/**
 * The passages of two texts, and texts of which some were accepted.
 */
#[CoversClass(TextDiff::class)]
#[Group('background_agents')]
final class TextDiffTest extends UnitTestCase {

  /**
   * A person sees the words that differ, not the paragraphs they stand in.
   *
   * @param string $old
   *   The former text.
   * @param string $new
   *   The later text.
   * @param list<array{string, string}> $expected
   *   What each passage takes away and adds.
   */
  #[DataProvider('texts')]
  public function testPassagesAreWhatDiffers(string $old, string $new, array $expected): void {
    $text = static fn (array $nodes): string => implode('', array_map(static fn (\DOMNode $node): string => $node->ownerDocument->saveHTML($node), $nodes));
    $passages = array_map(static fn ($passage): array => [$text($passage->old), $text($passage->new)], self::diff($old, $new)->passages());
    $this->assertSame($expected, $passages);
  }

  /**
   * Provides pairs of texts and the words that differ.
   *
   * @return iterable<string, array{string, string, list<array{string, string}>}>
   */
  public static function texts(): iterable {
    yield 'one word' => ['<p>The old town</p>', '<p>The new town</p>', [['old', 'new']]];
    yield 'words side by side are one passage' => ['<p>a big red house</p>', '<p>a tiny blue house</p>', [['big red', 'tiny blue']]];
    yield 'what editors change in passing' => ['<p>a <b>bold</b>&nbsp;word</p>', "<p class=\"x\">a <strong>bold</strong> word</p>\n", []];
    yield 'a new paragraph' => ['<p>One</p>', '<p>One</p><p>Two</p>', [['', '<p>Two</p>']]];
    yield 'a removed item' => ['<ul><li>One</li><li>Two</li></ul>', '<ul><li>Two</li></ul>', [['<li>One</li>', '']]];
    yield 'a heading level' => ['<h4>Prices</h4>', '<h2>Prices</h2>', [['<h4></h4>', '<h2></h2>']]];
    yield 'one cell' => ['<table><tbody><tr><td>Adults</td><td>8</td></tr></tbody></table>', '<table><tbody><tr><td>Adults</td><td>9</td></tr></tbody></table>', [['8', '9']]];
    yield 'a link target' => ['<p>See <a href="/a">here</a>.</p>', '<p>See <a href="/b">here</a>.</p>', [['<a href="/a">here</a>', '<a href="/b">here</a>']]];
    yield 'another text' => ['<p>Alpha beta gamma</p>', '<p>Quite other words</p>', [['<p>Alpha beta gamma</p>', ''], ['', '<p>Quite other words</p>']]];
  }

  /**
   * None accepted is the former text, all is the later one.
   */
  #[DataProvider('pairs')]
  public function testNoneAndAllAreTheVersions(string $old, string $new): void {
    $diff = self::diff($old, $new);
    $numbers = array_column($diff->passages(), 'number');
    $this->assertSame($old, $diff->with([]));
    $this->assertSame($new, $diff->with($numbers));
    // One more and one less: each passage has its effect.
    foreach ($numbers as $number) {
      $this->assertSame($diff->with([$number]), $diff->with([$number, 0, count($numbers) + 1]));
    }
  }

  /**
   * Any part of the passages makes a text whose tags fit.
   */
  #[DataProvider('pairs')]
  public function testSomeIsWellFormed(string $old, string $new): void {
    $diff = self::diff($old, $new);
    $some = array_values(array_filter(array_column($diff->passages(), 'number'), static fn (int $number): bool => $number % 2 === 1));
    $text = $diff->with($some);
    $blocks = new HtmlBlocks();
    $this->assertSame($blocks->of(Html::normalize($text)), $blocks->of($text));
    $this->assertDoesNotMatchRegularExpression('#<(?:ul|ol)>(?!\s*<li)|<tr>(?!\s*<t[dh])#', $text);
  }

  /**
   * Any part of the passages of texts as sites store them.
   *
   * Tags fit, no word is in it that neither version has, and what nobody
   * changed stands as it was written: addresses, comments, empty tags.
   */
  #[DataProvider('stored')]
  public function testAnyPartOfStoredTexts(string $old, string $new): void {
    $diff = self::diff($old, $new);
    $blocks = new HtmlBlocks();
    $words = static fn (string $html): array => array_unique(preg_split('/[^\p{L}\p{N}]+/u', (string) preg_replace('/<[^>]*>/', ' ', Html::decodeEntities($html)), -1, PREG_SPLIT_NO_EMPTY) ?: []);
    $known = [...$words($old), ...$words($new)];
    mt_srand(11);
    for ($time = 0; $time < 20; $time++) {
      $some = array_values(array_filter(array_column($diff->passages(), 'number'), static fn (): bool => mt_rand(0, 1) === 1));
      $text = $diff->with($some);
      $this->assertSame($blocks->of(Html::normalize($text)), $blocks->of($text));
      $this->assertSame([], array_values(array_diff($words($text), $known)));
      $this->assertDoesNotMatchRegularExpression('#<(?:ul|ol)>(?!\s*<li)|<tr>(?!\s*<t[dh])#', $text);
      foreach (['href="/über uns?a=1&amp;b=2"', '<!-- pagebreak -->', '<drupal-media data-entity-uuid="1-2" data-caption="A &lt;em&gt;door&lt;/em&gt;"></drupal-media>', 'src="/files/tür 1.png"'] as $same) {
        $this->assertSame(str_contains($old, $same) && str_contains($new, $same), str_contains($text, $same), $same);
      }
    }
  }

  /**
   * Provides the formatted texts of the judged cases, and one with much in it.
   *
   * @return iterable<string, array{string, string}>
   */
  public static function stored(): iterable {
    $cases = json_decode((string) file_get_contents(__DIR__ . '/../../../fixtures/outcomes/cases.json'), TRUE, flags: JSON_THROW_ON_ERROR);
    foreach ($cases as $case) {
      $body = static fn (string $version): mixed => $case[$version]['body'] ?? (is_array($case[$version]) ? $case[$version]['value'] ?? NULL : $case[$version]);
      if (is_string($body('before')) && str_contains($body('draft'), '<p>')) {
        yield $case['id'] => [$body('before'), $body('draft')];
      }
    }
    $old = '<p>See <a href="/über uns?a=1&amp;b=2">us</a> & others.</p><!-- pagebreak --><drupal-media data-entity-uuid="1-2" data-caption="A &lt;em&gt;door&lt;/em&gt;"></drupal-media>'
      . '<ul><li>One<ul><li>Deep</li><li>Deeper</li></ul></li><li>Two</li></ul><figure class="table"><table><caption>Prices</caption><tbody><tr><th>Who</th><td>8 €</td></tr></tbody></table></figure>'
      . '<p><img src="/files/tür 1.png" alt="A door"></p><pre><code>a &lt; b</code></pre><p>市立図書館では読み聞かせ会を開いています。</p><hr><p></p>';
    $new = strtr($old, [
      'us</a> & others' => 'our <em>house</em></a> and others',
      '<li>Deeper</li>' => '<li>Deepest</li><li>Deepest of all</li>',
      '<td>8 €' => '<td>9 €',
      'Prices' => 'New prices',
      'a &lt; b' => 'a &lt; c',
      '読み聞かせ会' => '音楽会',
      '<hr>' => '<h2>More</h2>',
    ]);
    yield 'much' => [$old, $new];
  }

  /**
   * Returns texts of paragraphs, lists and tables, and what became of them.
   *
   * @return iterable<int, array{string, string}>
   *   Texts of paragraphs, lists and tables, and what became of them.
   */
  public static function pairs(): iterable {
    mt_srand(5);
    for ($case = 0; $case < 150; $case++) {
      $old = implode("\n", array_map(static fn (): string => self::block(), range(1, mt_rand(1, 6))));
      $changed = (string) preg_replace_callback('/\b(?:alpha|beta|gamma)\b/', static fn (array $word): string => ['', 'new', $word[0]][mt_rand(0, 2)], $old);
      yield [$old, mt_rand(0, 3) === 0 ? $changed . self::block() : $changed];
    }
  }

  private static function block(): string {
    $words = ['alpha', 'beta', '<strong>gamma</strong>', 'delta', '<a href="/1">epsilon</a>', 'zeta', 'eta'];
    $text = static fn (): string => implode(' ', array_map(static fn (): string => $words[array_rand($words)], range(1, mt_rand(1, 8))));
    return match (mt_rand(0, 4)) {
      0 => "<h2>{$text()}</h2>",
      1 => "<ul><li>{$text()}</li><li>{$text()}</li></ul>",
      2 => "<table><tbody><tr><td>{$text()}</td><td>{$text()}</td></tr></tbody></table>",
      3 => "<blockquote><p>{$text()}</p></blockquote>",
      default => "<p>{$text()}</p>",
    };
  }

  private static function diff(string $old, string $new): TextDiff {
    return new TextDiff(new Nodes(new HtmlBlocks()), $old, $new);
  }

}
