<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Review\Choice;
use Drupal\background_agents\Review\ChosenValues;
use Drupal\filter\Entity\FilterFormat;
use Drupal\node\NodeInterface;
use Drupal\user\Entity\Role;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Parts of drafts, by field and by passage: what is left out is not lost.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ReviewerPassagesTest extends ReviewerTestBase {

  protected const array WRITER = [...parent::WRITER, 'use text format html', 'use text format lines', 'use text format other'];

  protected const array EDITOR = [...parent::EDITOR, 'use text format html', 'use text format lines', 'use text format other'];

  private const array BEFORE = [
    '<p>The hall is old.</p><ul><li>One</li><li>Two</li></ul>',
    '<p>It has three doors.</p>',
  ];

  private const array DRAFT = [
    '<p>The hall is very new.</p><ul><li>One</li><li>Two</li><li>Three</li></ul>',
    '<p>It has four green doors and a roof.</p>',
    '<p>It was built in 1911.</p><p>It was painted in 2011.</p>',
  ];

  /**
   * {@inheritdoc}
   */
  protected function role(string $id, array $permissions, bool $isAgentRole = FALSE): Role {
    if (FilterFormat::load('html') === NULL) {
      FilterFormat::create(['format' => 'html', 'name' => 'HTML'])->save();
      FilterFormat::create(['format' => 'other', 'name' => 'Other'])->save();
      FilterFormat::create(['format' => 'lines', 'name' => 'Lines', 'filters' => ['filter_html_escape' => ['status' => TRUE], 'filter_autop' => ['status' => TRUE]]])->save();
      $this->field('texts', 'text_long', 'article', -1);
      $this->field('summed', 'text_with_summary');
      $this->field('tags', 'string', 'article', -1);
    }
    return parent::role($id, $permissions, $isAgentRole);
  }

  /**
   * Any choice of passages: the rest waits, and both together are the draft.
   */
  public function testAnyChoice(): void {
    mt_srand(3);
    for ($time = 0; $time < 6; $time++) {
      $article = $this->texts(self::BEFORE);
      $change = $this->draft($article, [
        'texts' => self::items(self::DRAFT),
        'summed' => ['value' => '<p>Text, changed.</p>', 'summary' => 'In short, and new.', 'format' => 'html'],
      ]);
      $chosen = $this->some('texts', $article);
      $this->assertTrue($this->accept($change, new Choice(['texts' => $chosen, 'summed' => ['0:summary' => [1]]], TRUE)));
      $live = $this->stored($article);
      $this->assertSame('<p>Text.</p>', $live->get('summed')->value);
      $this->assertSame('In short, and new.', $live->get('summed')->summary);
      $newest = $this->latest($article);
      $this->assertSame(self::DRAFT, array_column($newest->get('texts')->getValue(), 'value'));
      $this->assertSame('<p>Text, changed.</p>', $newest->get('summed')->value);

      $this->assertTrue($this->accept($this->decided($change)));
      $this->assertSame(self::DRAFT, array_column($this->stored($article)->get('texts')->getValue(), 'value'));
      $this->assertSame('accepted', $this->decided($change)->getOutcome());
    }
  }

  /**
   * Items of a text field that the agent added or took away.
   */
  public function testItems(): void {
    $article = $this->texts(self::BEFORE);
    $change = $this->draft($article, ['texts' => self::items(self::DRAFT)]);
    $this->assertTrue($this->accept($change, new Choice(['texts' => ['2:value' => [2]]])));
    $this->assertSame([...self::BEFORE, '<p>It was painted in 2011.</p>'], array_column($this->stored($article)->get('texts')->getValue(), 'value'));
    $this->assertSame('accepted_with_changes', $this->decided($change)->getOutcome());

    $shorter = $this->texts(self::BEFORE);
    $change = $this->draft($shorter, ['texts' => self::items([self::DRAFT[0]])]);
    $this->assertTrue($this->accept($change, new Choice(['texts' => ['0:value' => [1], '1:value' => []]])));
    $this->assertSame(['<p>The hall is very new.</p><ul><li>One</li><li>Two</li></ul>', self::BEFORE[1]], array_column($this->stored($shorter)->get('texts')->getValue(), 'value'));

    $gone = $this->texts(self::BEFORE);
    $change = $this->draft($gone, ['texts' => self::items([self::DRAFT[0]])]);
    $this->assertTrue($this->accept($change, new Choice(['texts' => ['1:value' => [1]]])));
    $this->assertSame([self::BEFORE[0]], array_column($this->stored($gone)->get('texts')->getValue(), 'value'));
  }

  /**
   * Lines are no HTML, and two formats are not mixed: the whole, or nothing.
   */
  public function testFormats(): void {
    $article = $this->article(['summed' => ['value' => "a < b\n\nc & d", 'format' => 'lines']]);
    $change = $this->draft($article, ['title' => 'Rye bread', 'summed' => ['value' => "a < e\n\nc & d\n\nf", 'format' => 'lines']]);
    $this->accept($change, new Choice(['title' => TRUE, 'summed' => ['0:value' => [1]]]));
    $this->assertSame("a < b\n\nc & d", $this->stored($article)->get('summed')->value);

    $article = $this->article(['summed' => ['value' => '<p>One two</p><p>Three</p>', 'format' => 'html']]);
    $change = $this->draft($article, ['title' => 'Rye bread', 'summed' => ['value' => '<p>One more</p><p>Four</p>', 'format' => 'other']]);
    $this->accept($change, new Choice(['title' => TRUE, 'summed' => ['0:value' => [1]]]));
    $this->assertSame(['html', '<p>One two</p><p>Three</p>'], [$this->stored($article)->get('summed')->format, $this->stored($article)->get('summed')->value]);
  }

  /**
   * A list of plain values is accepted as a whole, whatever is posted.
   */
  public function testOtherTypes(): void {
    $article = $this->article(['tags' => ['one', 'two']]);
    $change = $this->draft($article, ['title' => 'Rye bread', 'tags' => ['two', 'three']]);
    $this->assertTrue($this->accept($change, new Choice(['title' => TRUE, 'tags' => ['0:value' => [1]]], TRUE)));
    $this->assertSame(['one', 'two'], array_column($this->stored($article)->get('tags')->getValue(), 'value'));
    $this->assertSame(['two', 'three'], array_column($this->latest($article)->get('tags')->getValue(), 'value'));
    $this->assertTrue($this->accept($this->decided($change), new Choice(['tags' => TRUE])));
    $this->assertSame(['two', 'three'], array_column($this->stored($article)->get('tags')->getValue(), 'value'));
  }

  private function texts(array $values): NodeInterface {
    return $this->article([
      'texts' => self::items($values),
      'summed' => ['value' => '<p>Text.</p>', 'summary' => '', 'format' => 'html'],
    ]);
  }

  /**
   * A random choice of the passages, at least one and not all.
   */
  private function some(string $name, NodeInterface $article): array {
    $texts = \Drupal::service(ChosenValues::class)->texts('text_long', $article->get($name)->getValue(), self::items(self::DRAFT));
    $chosen = [];
    foreach ($texts as $key => $text) {
      $chosen[$key] = array_values(array_filter(array_column($text->passages(), 'number'), static fn (): bool => mt_rand(0, 1) === 1));
    }
    return ['0:value' => [1], '2:value' => [2]] + $chosen;
  }

  private static function items(array $values): array {
    return array_map(static fn (string $value): array => ['value' => $value, 'format' => 'html'], $values);
  }

}
