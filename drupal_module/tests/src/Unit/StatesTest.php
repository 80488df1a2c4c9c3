<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Run\RunState;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * The states of a run, their transitions, and the states that events lead to.
 */
final class StatesTest extends TestCase {

  public static function transitions(): array {
    return Cases::vectors('run-transitions');
  }

  public static function stateEvents(): array {
    return Cases::vectors('run-state-events');
  }

  /**
   * The states, and which are final.
   */
  public function testStates(): void {
    $states = array_column(Cases::load(Cases::CONTRACTS . '/vectors/run-transitions.json')->states, 'final', 'state');
    $this->assertSame(array_map(static fn (RunState $state): string => $state->value, RunState::cases()), array_keys($states));
    foreach (RunState::cases() as $state) {
      $this->assertSame($states[$state->value], $state->isFinal());
      $this->assertFalse($state->canBecome($state), 'Staying is no transition.');
    }
  }

  /**
   * The table of transitions, pair by pair.
   *
   * @dataProvider transitions
   */
  #[DataProvider('transitions')]
  public function testTransition(\stdClass $case): void {
    $this->assertSame($case->allowed, RunState::from($case->from)->canBecome(RunState::from($case->to)));
  }

  /**
   * The state that each event leads to.
   *
   * @dataProvider stateEvents
   */
  #[DataProvider('stateEvents')]
  public function testStateAfterEvents(\stdClass $case): void {
    $state = RunState::Queued;
    foreach ($case->events as $event) {
      $next = RunState::afterEvent($event->type) ?? $state;
      $this->assertTrue($next === $state || $state->canBecome($next));
      $state = $next;
      $this->assertSame($event->then->state, $state->value, $event->type);
    }
  }

}
