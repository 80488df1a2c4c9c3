<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Trigger\TriggerInput;

/**
 * Makes the run of a due time and keeps that it was made: both, or neither.
 *
 * @internal
 */
final class ScheduledDispatch {

  public function __construct(
    private readonly Dispatcher $dispatcher,
    private readonly TriggerInput $input,
    private readonly ScheduleStore $store,
  ) {}

  /**
   * Makes the run, unless another process made it.
   */
  public function once(Trigger $trigger, int $due): Firing {
    $uuid = (string) $trigger->uuid();
    // No requester: a key of somebody's would make a second run.
    $request = new DispatchRequest(agent: $trigger->getAgentId(), triggerType: 'schedule', triggerId: (string) $trigger->id());
    try {
      $this->dispatcher->dispatchTriggered(
        $request,
        fn (DispatchRequest $request): DispatchRequest => $request->with(input: $this->input->values($trigger, NULL)),
        fn (Run $run) => $this->store->record($uuid, $due, $run->getState() === RunState::Failed ? DueResult::Refused : DueResult::Started, $run->uuid()),
      );
    }
    catch (AlreadySettled) {
      return $this->store->firing($uuid, $due) ?? new Firing(Firing::WAITS);
    }
    // While the queue is full, nothing was made.
    $firing = $this->store->firing($uuid, $due);
    return $firing === NULL || $firing->result === DueResult::Waiting->value ? new Firing(Firing::WAITS) : $firing;
  }

}
