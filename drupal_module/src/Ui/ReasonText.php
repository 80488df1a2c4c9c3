<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\RunFields;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Says in words what states and reasons mean, and what to do.
 */
final class ReasonText {

  use StringTranslationTrait;

  /**
   * All states a run can be in.
   *
   * @return array<string, \Drupal\Core\StringTranslation\TranslatableMarkup>
   *   Labels keyed by state.
   */
  public function states(): array {
    return RunFields::stateLabels();
  }

  /**
   * All kinds of triggers.
   *
   * @return array<string, \Drupal\Core\StringTranslation\TranslatableMarkup>
   *   Labels keyed by trigger type.
   */
  public function triggers(): array {
    return RunFields::triggerLabels();
  }

  /**
   * The name of a state.
   */
  public function state(string $state): TranslatableMarkup|string {
    return $this->states()[$state] ?? $state;
  }

  /**
   * The name of a kind of trigger.
   */
  public function trigger(string $type): TranslatableMarkup|string {
    return $this->triggers()[$type] ?? $type;
  }

  /**
   * What a waiting run waits for.
   */
  public function waiting(string $for): TranslatableMarkup {
    return match ($for) {
      'approval' => $this->t('Waiting for a decision'),
      'agent' => $this->t('Waiting for another agent'),
      'retry' => $this->t('Waiting to try again'),
      'drupal' => $this->t('Waiting for Drupal to take its events'),
      default => $this->t('Waiting'),
    };
  }

  /**
   * What a reason means and what to do.
   *
   * @param string $reason
   *   A machine-readable reason, such as "limit:steps".
   *
   * @return \Drupal\Core\StringTranslation\TranslatableMarkup|null
   *   A sentence or two; NULL for a reason not known here.
   */
  public function advice(string $reason): ?TranslatableMarkup {
    return $this->exact($reason) ?? match (strstr($reason, ':', TRUE)) {
      'limit' => $this->t('A limit was reached. What was done until then is kept. Raise the limit in the agent or in the settings, or give it a smaller task.'),
      'model' => $this->t('The model could not be used. Check the name of the model in the agent, and its key and address in the settings of the sidecar.'),
      'tool' => $this->t('A tool could not be used. Check the tools and MCP servers of the agent.'),
      default => NULL,
    };
  }

  /**
   * Advice for reasons that need their own words.
   */
  private function exact(string $reason): ?TranslatableMarkup {
    return match ($reason) {
      'limit:steps' => $this->t('The agent reached its limit of model requests. Raise "Model requests" in the agent, or give it a smaller task.'),
      'limit:tokens' => $this->t('The agent reached its limit of tokens. Raise "Tokens" in the agent, or give it less to read.'),
      'limit:cost', 'limit:cost_micros' => $this->t('The agent reached its limit of money. Raise "Cost" in the agent, or take a cheaper model.'),
      'limit:wall_seconds' => $this->t('The run took longer than it may. Raise "Time" in the agent.'),
      'limit:writes', 'limit:writes_per_hour' => $this->t('The agent wrote as many drafts as it may. Raise the limit in the agent if that is right.'),
      'model:refused' => $this->t('The provider of the model refused. Check the key and what it may use.'),
      'model:unknown_model' => $this->t('The sidecar does not know this model. Check the name of the model in the agent, and the settings of the sidecar.'),
      'model:rate_limited' => $this->t('The provider of the model did not take more requests. Try again later, or lower how many runs go on at the same time.'),
      'model:nonsense' => $this->t('The model kept giving answers that cannot be used. Make the prompt or the output schema simpler, or take another model.'),
      'model:content_filter' => $this->t('The provider of the model refused the text because of its rules.'),
      'model:truncated' => $this->t('The answer of the model was cut off. Raise "max_tokens" in the settings of the model.'),
      'journal_mismatch' => $this->t('The run could not be continued safely after a loss. Look at its drafts, then retry it.'),
      'requester_lost' => $this->t('The account that asked for this run is blocked or gone.'),
      'account_blocked' => $this->t('The account of the agent is blocked. Make it active, then retry the run.'),
      'not_an_agent_account' => $this->t('The account of the agent has no agent role. Give it one, then retry the run.'),
      'site_stopped', 'stopped' => $this->t('All agents were stopped. Let them run again in the settings, then retry the run.'),
      'workspace' => $this->t('Agents do not work in workspaces yet. Start the run in the live workspace.'),
      default => NULL,
    };
  }

}
