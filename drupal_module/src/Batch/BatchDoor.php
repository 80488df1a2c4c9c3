<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Access\OwnAccess;
use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\user\UserInterface;

/**
 * Whether a batch as a whole may go on: its agent, and who asked for it.
 *
 * Asked before any item, so that none is refused for what is no fault of it.
 *
 * @internal
 */
final class BatchDoor {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly OwnAccess $ownAccess,
  ) {}

  /**
   * The agent of a batch.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   *   When it is gone or disabled.
   */
  public function agent(Batch $batch): Agent {
    $agent = $this->entityTypeManager->getStorage('background_agents_agent')->load($batch->agent);
    if (!$agent instanceof Agent) {
      throw DispatchRefused::of(404, 'agent_unknown', 'No such agent', 'The agent was deleted.');
    }
    if (!$agent->status()) {
      throw DispatchRefused::of(409, 'agent_disabled', 'The agent is disabled', "The agent \"$batch->agent\" is disabled. An administrator can enable it.");
    }
    return $agent;
  }

  /**
   * Who asked for a batch; NULL: the account was deleted.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   *   When the account is blocked, or may not run the agent any more.
   */
  public function person(Batch $batch, Agent $agent): ?UserInterface {
    $person = $batch->uid === NULL ? NULL : $this->entityTypeManager->getStorage('user')->load($batch->uid);
    if (!$person instanceof UserInterface) {
      return NULL;
    }
    if (!$person->isActive()) {
      throw DispatchRefused::of(403, Batch::REQUESTER_LOST, 'The requester is lost', 'The account that asked for this batch is blocked.');
    }
    if (!$this->ownAccess->mayRun($agent, $batch->uid)) {
      throw DispatchRefused::of(403, 'forbidden', 'Not allowed', "The account that asked for this batch may not run the agent \"$batch->agent\" any more.");
    }
    return $person;
  }

}
