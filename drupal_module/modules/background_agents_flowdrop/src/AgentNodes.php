<?php

declare(strict_types=1);

namespace Drupal\background_agents_flowdrop;

use Drupal\background_agents\Dispatch\FlowProgress;
use Drupal\background_agents\Dispatch\FlowRuns;
use Drupal\background_agents\Dispatch\FlowState;
use Drupal\background_agents\Dispatch\FlowStep;
use Drupal\Component\Uuid\UuidInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountProxyInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\user\UserInterface;

/**
 * Carries out nodes of flows that run an agent.
 *
 * @internal
 */
final class AgentNodes {

  use StringTranslationTrait;

  public function __construct(
    private readonly FlowRuns $runs,
    private readonly RunOutputs $outputs,
    private readonly StepStore $steps,
    private readonly Interrupts $interrupts,
    private readonly AccountProxyInterface $currentUser,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly UuidInterface $uuid,
  ) {}

  /**
   * Starts the run of a node, or looks how it stands.
   *
   * @return array
   *   The outputs of the node.
   *
   * @throws \Drupal\background_agents_flowdrop\NodeFailed
   *   The node fails.
   * @throws \Drupal\flowdrop_interrupt\Exception\InterruptRequiredException
   *   The flow has to wait.
   */
  public function carryOut(NodeSettings $settings, FlowPlace $place): array {
    if ($settings->waits && $place->pipeline === '') {
      throw new NodeFailed('Only flows that FlowDrop stores can wait for a run. Choose the StateGraph orchestrator for the flow, or switch "Wait for the end" off to hand the run over.');
    }
    if ($settings->waits) {
      // What FlowDrop cannot wait for is not started.
      $this->interrupts->exception($place, $settings->agent);
    }
    $hash = $place->hash($settings);
    $earlier = $hash === NULL ? NULL : $this->steps->at($hash);
    $requester = $earlier === NULL ? $this->requester($settings) : $earlier->requester;
    if ($hash !== NULL) {
      $this->steps->remember($hash, $requester, (int) $this->currentUser->id(), $place->pipeline);
    }
    $progress = $this->runs->advance(new FlowStep($settings->agent, $settings->input, $requester, 'flowdrop:' . ($hash ?? $this->uuid->generate()), $place->workflow));
    if ($progress->state === FlowState::Waiting && $progress->uuid !== NULL) {
      if ($settings->waits) {
        $message = (string) $this->t('The agent @agent works: run @run. The flow goes on by itself when the run has ended, nothing has to be answered.', [
          '@agent' => $settings->agent,
          '@run' => $progress->uuid,
        ]);
        $this->steps->wait($hash, $progress->uuid, $message);
        throw $this->interrupts->exception($place, $message);
      }
      return $this->given($progress);
    }
    if ($settings->fails && $progress->state !== FlowState::Done) {
      throw new NodeFailed("The agent \"$settings->agent\" did not do its work. $progress->detail");
    }
    return $this->given($progress);
  }

  private function given(FlowProgress $progress): array {
    return $progress->run === NULL
      ? RunOutputs::without($progress->detail, $progress->uuid === NULL ? 'refused' : 'queued', (string) $progress->uuid)
      : $this->outputs->of($progress->run, $progress->detail);
  }

  /**
   * User id of for whom the node asks.
   */
  private function requester(NodeSettings $settings): int {
    if ($settings->account === '') {
      return (int) $this->currentUser->id() ?: throw new NodeFailed('Nobody is known for whom the node could ask: nobody with an account executes the flow. Name an account in the node.');
    }
    $accounts = $this->entityTypeManager->getStorage('user')->loadByProperties(['name' => $settings->account]);
    $account = reset($accounts);
    if (!$account instanceof UserInterface || $account->isAnonymous() || !$account->isActive()) {
      throw new NodeFailed('The account that the node names does not exist, or is blocked.');
    }
    return (int) $account->id();
  }

}
