<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Form\FormStateInterface;

/**
 * One tab of the form of an agent.
 *
 * @internal
 */
interface AgentFormPartInterface {

  /**
   * Builds the elements of the tab.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent as it is stored.
   * @param \Drupal\Core\Form\FormStateInterface $form_state
   *   The state of the form.
   *
   * @return array<string, mixed>
   *   The content of the tab, with #title and #weight.
   */
  public function build(Agent $agent, FormStateInterface $form_state): array;

  /**
   * Checks what was typed. Sets errors on the form state.
   *
   * @param array<string, mixed> $form
   *   The elements of the tab.
   * @param \Drupal\Core\Form\FormStateInterface $form_state
   *   The state of the form.
   */
  public function validate(array $form, FormStateInterface $form_state): void;

  /**
   * Puts the values into the agent.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent that will be saved.
   * @param \Drupal\Core\Form\FormStateInterface $form_state
   *   The state of the form.
   */
  public function apply(Agent $agent, FormStateInterface $form_state): void;

}
