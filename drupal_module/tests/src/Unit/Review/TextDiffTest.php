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
