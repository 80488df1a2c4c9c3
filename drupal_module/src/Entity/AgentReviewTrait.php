<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity;

/**
 * What people say about an agent: its rules, who may accept, what is told.
 *
 * @internal Call these methods on an agent.
 */
trait AgentReviewTrait {

  /**
   * Returns the rules that people gave the agent, as plain sentences.
   *
   * @return string[]
   *   One line each, none empty.
   */
  public function getRules(): array {
    return array_values($this->rules);
  }

  /**
   * Tells whether a second person has to accept what a run left.
   *
   * It counts for runs that a person asked for by hand or by another program,
   * not for those that a change of content or the clock started.
   */
  public function needsFourEyes(): bool {
    return $this->four_eyes;
  }

  /**
   * Tells whether people see what runs of the agent do, step by step.
   *
   * If not, events are stored without what models and tools said.
   */
  public function tellsProgress(): bool {
    return $this->progress;
  }

}
