<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Timeline\Timeline;
use Drupal\background_agents\Timeline\Value;
use PHPUnit\Framework\TestCase;

/**
 * How the events of a run become groups of items.
 */
final class TimelineTest extends TestCase {

  private int $seq = 0;

  private function event(string $type, array $data = [], ?int $step = NULL): array {
    $this->seq++;
    return ['seq' => $this->seq, 'type' => $type, 'time' => sprintf('2026-01-01T00:00:%02dZ', $this->seq), 'step' => $step, 'data' => $data];
  }

  /**
   * A run of two steps, with two tools side by side.
   */
  private function events(): array {
    return [
      $this->event('run_queued', ['attempt' => 1]),
      $this->event('run_started', ['worker' => 'w']),
      $this->event('step_started', ['number' => 1], 1),
      $this->event('model_requested', ['model' => 'm', 'unit' => 's0/model#1'], 1),
      $this->event('model_responded', ['model' => 'm', 'unit' => 's0/model#1', 'usage' => ['input_tokens' => 10, 'output_tokens' => 2]], 1),
      $this->event('tool_started', ['tool' => 'a', 'call' => 'c1', 'unit' => 's0/1/a@c1'], 1),
      $this->event('tool_started', ['tool' => 'b', 'call' => 'c2', 'unit' => 's0/1/b@c2'], 1),
      $this->event('tool_finished', ['tool' => 'b', 'call' => 'c2', 'status' => 'error', 'unit' => 's0/1/b@c2'], 1),
      $this->event('tool_finished', ['tool' => 'a', 'call' => 'c1', 'status' => 'ok', 'unit' => 's0/1/a@c1'], 1),
      $this->event('step_finished', ['number' => 1], 1),
      $this->event('approval_requested', ['id' => 'q', 'question' => '?']),
      $this->event('run_waiting', ['for' => 'approval']),
      $this->event('run_resumed'),
      $this->event('step_started', ['number' => 2], 2),
      $this->event('model_requested', ['model' => 'm', 'unit' => 's0/model#2'], 2),
    ];
  }

  /**
   * Steps are groups, and so is each thing that is about the run itself.
   */
  public function testGroups(): void {
    $groups = Timeline::group($this->events());
    $this->assertSame([NULL, NULL, 1, NULL, NULL, NULL, 2], array_column($groups, 'step'));
    $this->assertSame([1, 2, 3, 11, 12, 13, 14], array_column($groups, 'first'));
    $this->assertTrue($groups[2]['done']);
    $this->assertFalse($groups[6]['done']);
  }

  /**
   * The last step of a run is over when the run is, also after a retry.
   */
  public function testTheLastStepEndsWithTheRun(): void {
    $events = [...$this->events(), $this->event('run_finished', ['state' => 'completed']), $this->event('run_queued', ['attempt' => 2])];
    $groups = Timeline::group($events);
    $this->assertSame([NULL, NULL, 1, NULL, NULL, NULL, 2, NULL, NULL], array_column($groups, 'step'));
    $this->assertTrue($groups[6]['done']);
  }

  /**
   * Calls that overlap find their ends; what has none is open.
   */
  public function testPairs(): void {
    $groups = Timeline::group($this->events());
    $items = $groups[2]['items'];
    $this->assertSame(['model', 'tool', 'tool'], array_column($items, 'kind'));
    $this->assertSame(['ok', 'error'], [$items[1]['end']['data']['status'], $items[2]['end']['data']['status']]);
    $this->assertTrue($groups[2]['failed']);
    $this->assertSame([10, 2], [$groups[2]['input_tokens'], $groups[2]['output_tokens']]);
    $this->assertNull($groups[6]['items'][0]['end']);
  }

  /**
   * From the first event of any group on the same groups come out.
   */
  public function testTailIsTheSame(): void {
    $events = $this->events();
    $whole = Timeline::group($events);
    foreach ($whole as $i => $group) {
      $this->assertEquals(array_slice($whole, $i), Timeline::group(array_slice($events, $group['first'] - 1)));
    }
  }

  /**
   * A step that was interrupted goes on in a group that says so.
   */
  public function testContinued(): void {
    $groups = Timeline::group([
      $this->event('step_started', ['number' => 1], 1),
      $this->event('run_paused'),
      $this->event('tool_finished', ['tool' => 'a', 'call' => 'c', 'status' => 'ok'], 1),
    ]);
    $this->assertSame([FALSE, TRUE, TRUE], array_column($groups, 'continued'));
    $this->assertSame([1, NULL, 1], array_column($groups, 'step'));
    $this->assertNull($groups[2]['items'][0]['start']);
  }

  /**
   * Types that are not known are shown; data of any shape breaks nothing.
   */
  public function testUnknown(): void {
    $groups = Timeline::group([
      $this->event('from_the_future', ['x' => 1], 1),
      ['seq' => 2, 'type' => 'model_responded', 'time' => 'x', 'data' => 'no object'],
      ['seq' => 3],
    ]);
    $this->assertSame([1, 2, 3], array_column(array_merge(...array_column($groups, 'items')), 'seq'));
  }

  /**
   * Marks that turn the reading direction around are made visible.
   */
  public function testHiddenMarks(): void {
    $this->assertSame("a\u{FFFD}b", Value::text("a\u{202E}b")['text']);
    $this->assertSame("a\u{FFFD}b\n\tc", Value::text("a\x07b\n\tc")['text']);
    $this->assertNotSame('', Value::text("\xff\xfe broken")['text']);
  }

  /**
   * Large values are cut and say so; references show their preview.
   */
  public function testLargeValues(): void {
    $this->assertSame(['text' => 'begin', 'bytes' => 99999], Value::text((object) ['$ref' => 'x', 'bytes' => 99999, 'preview' => 'begin']));
    $long = Value::text(str_repeat('ä', Value::LIMIT + 5));
    $this->assertSame([Value::LIMIT, 2 * (Value::LIMIT + 5)], [mb_strlen($long['text']), $long['bytes']]);
    $this->assertSame("{\n    \"a\": {}\n}", Value::text((object) ['a' => new \stdClass()])['text']);
  }

}
