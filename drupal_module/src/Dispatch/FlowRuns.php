<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunState;

/**
 * Runs that a step of a flow waits for, such as a task of Maestro.
 *
 * An engine carries a step out again and again until it is done. Nothing here
 * throws: an exception would stop the engine for all other processes.
 *
 * @api
 */
final class FlowRuns {

  /**
   * Refusals that pass by themselves, or by what an administrator does.
   */
  private const array LATER = ['site_stopped', 'queue_full', 'busy', 'update_pending'];

  public function __construct(
    private readonly Dispatcher $dispatcher,
    private readonly DispatchKeys $keys,
  ) {}

  /**
   * Starts the run of a step, unless it was started, and tells how it stands.
   */
  public function advance(FlowStep $step): FlowProgress {
    $request = new DispatchRequest(
      agent: $step->agent,
      triggerType: 'flow',
      input: $step->input,
      triggerId: $step->flow,
      requester: $step->requester,
      key: $step->key,
    );
    // What is under way is not judged again by what was changed since.
    $run = $this->keys->earlier($request);
    try {
      $dispatched = $run === NULL ? $this->dispatcher->dispatch($request) : new Dispatched($run->uuid(), $run, FALSE);
    }
    catch (DispatchRefused $refused) {
      $state = in_array($refused->problem->code, self::LATER, TRUE) ? FlowState::Waiting : FlowState::Failed;
      return new FlowProgress($state, $refused->problem->detail);
    }
    return $dispatched->run === NULL
      ? new FlowProgress(FlowState::Waiting, 'The run is about to be made.', $dispatched->uuid)
      : self::of($dispatched->run);
  }

  /**
   * How a run stands, as a step that waits for it sees it.
   */
  public static function of(Run $run): FlowProgress {
    $state = $run->getState();
    $told = match (TRUE) {
      !$state->isFinal() => FlowState::Waiting,
      $state === RunState::Completed => FlowState::Done,
      default => FlowState::Failed,
    };
    $detail = trim("The run is {$state->value}. {$run->getReason()} {$run->getMessage()}");
    return new FlowProgress($told, $detail, $run->uuid(), $run);
  }

}
