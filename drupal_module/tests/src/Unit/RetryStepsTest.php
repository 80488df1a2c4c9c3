<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Run\RetrySteps;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * From which steps a run can be retried, and what is kept then.
 */
final class RetryStepsTest extends TestCase {

  public static function steps(): array {
    return Cases::vectors('retry-steps');
  }

  /**
   * The steps that are offered, and the units that are kept.
   *
   * @dataProvider steps
   */
  #[DataProvider('steps')]
  public function testSteps(\stdClass $case): void {
    $steps = RetrySteps::of($case->checkpoints);
    $this->assertSame($case->offered, $steps->offered());
    foreach (get_object_vars($case->kept) as $step => $units) {
      $this->assertSame($units, array_keys($steps->kept((int) $step)));
    }
  }

  /**
   * The checkpoint of the new generation holds what is kept, as it was.
   */
  public function testCheckpoint(): void {
    $units = json_decode('{"s0/model#0": {"n": 1, "v": {"parts": {}}, "c": {"tool_calls": 1}}, "s0/1/read@a": {"n": 1, "v": 1.0}, "s0/model#1": {"n": 1}}');
    $checkpoint = RetrySteps::of([(object) ['version' => 1, 'journal' => '1', 'generation' => 1, 'units' => $units]])->checkpoint(2, 3);
    unset($units->{'s0/model#1'});
    $this->assertEquals((object) ['version' => 1, 'journal' => '1', 'generation' => 3, 'segment' => 0, 'units' => $units], $checkpoint);
  }

  /**
   * What is kept counts once, by what each unit says of itself.
   */
  public function testUsage(): void {
    $units = json_decode('{"s0/model#0": {"v": {}, "c": {"steps": 1, "input_tokens": 70, "tool_calls": 1}}, "s0/1/create_draft@a": {"v": 1, "c": {"writes": 1}},
      "s0/model#1": {"v": {}, "c": {"steps": 1, "input_tokens": 90, "tool_calls": 0}}, "s0/discover:shop": {"v": 1, "c": {"steps": 9}}}');
    $steps = RetrySteps::of([(object) ['units' => $units]]);
    $this->assertSame(['steps' => 1, 'input_tokens' => 70, 'writes' => 1, 'cost_micros' => 0], $steps->usage(2, ['steps', 'input_tokens', 'writes', 'cost_micros']));
    $this->assertSame(['steps' => 0], $steps->usage(1, ['steps']));
  }

  /**
   * The tools of a step, for those who choose one.
   */
  public function testTools(): void {
    $units = (object) array_fill_keys(['s0/model#0', 's0/1/find_items@a', 's0/1/read_item@b', 's0/1/read_item@c', 's0/11/send@a'], (object) ['v' => 1]);
    $steps = RetrySteps::of([(object) ['units' => $units]]);
    $this->assertSame(['find_items', 'read_item'], $steps->tools(1));
    $this->assertSame([], $steps->tools(2));
  }

}
