<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Dispatch\Via;
use Drupal\background_agents\Entity\RunFields;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Says in words what states and reasons mean, and what to do.
 *
 * @internal
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
   * By which means a run was asked for; empty: nobody asked, or on a page.
   */
  public function means(?Via $via): TranslatableMarkup|string {
    return match ($via?->means) {
      'key' => $this->t('the dispatch key "@name"', ['@name' => (string) $via->name]),
      'oauth' => $this->t('the program "@name"', ['@name' => (string) $via->name]),
      'basic' => $this->t('name and password'),
      default => '',
    };
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
   * A reason in few words, for lists.
   *
   * @param string $reason
   *   A machine-readable reason, such as "limit:steps".
   *
   * @return \Drupal\Core\StringTranslation\TranslatableMarkup|string
   *   The words; empty where the state says all; an unknown reason as it is.
   */
  public function brief(string $reason): TranslatableMarkup|string {
    return match ($reason) {
      '', 'done', 'cancelled', 'expired' => '',
      'drafts_refused' => $this->t('This site refused its drafts'),
      'drupal:refused' => $this->t('This site refused a request'),
      'site_error' => $this->t('This site failed'),
      'locked' => $this->t('The item was locked'),
      'output_schema' => $this->t('The output schema cannot be used'),
      'in_doubt' => $this->t('A tool failed'),
      'account_blocked', 'not_an_agent_account', 'requester_lost' => $this->t('An account is blocked or gone'),
      'agent_gone' => $this->t('The agent is gone or disabled'),
      'workspace' => $this->t('Started in a workspace'),
      'site_stopped' => $this->t('All agents were stopped'),
      'journal_mismatch' => $this->t('The sidecar could not go on'),
      default => match (strstr($reason, ':', TRUE)) {
        'limit' => $this->t('A limit was reached'),
        'model' => $this->t('The model failed'),
        'tool', 'mcp' => $this->t('A tool failed'),
        'drupal' => $this->t('This site failed'),
        'token' => $this->t('An account is blocked or gone'),
        'job', 'journal', 'retry', 'engine' => $this->t('The sidecar could not go on'),
        default => $reason,
      },
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
   *
   * The list is docs/reference/reasons.md; a test compares the two.
   */
  private function exact(string $reason): ?TranslatableMarkup {
    return $this->limit($reason) ?? $this->model($reason) ?? $this->account($reason) ?? match ($reason) {
      'expired' => $this->t('Nobody took the run, or nobody answered its question in time. Is the sidecar running? The status report says so.'),
      'tool:unavailable' => $this->t('A tool that the agent names cannot be offered: there is no such tool, or its MCP server refuses. Check the tools and MCP servers of the agent.'),
      'mcp:unavailable', 'tool:timeout', 'tool:defect' => $this->t('A tool could not be used, also after several tries. Look at the server that it belongs to, then retry the run.'),
      'in_doubt' => $this->t('A tool was started, its answer was lost, and a person gave the run up. Look at what the tool has done before you retry.'),
      'drafts_refused' => $this->t('This site refused every draft that the agent tried to leave; the message has the last refusal. Give the account of the agent what is missing, or correct the prompt, then retry the run.'),
      'drupal:refused' => $this->t('This site refused a request that the run cannot do without. The message says what is missing; the form of the agent and the status report help.'),
      'locked' => $this->t('Somebody kept the item from being changed: an editor has it open and locked, or it is planned to be published or unpublished. Retry the run when it is free.'),
      'site_error' => $this->t('Code of this site failed: a hook of a module, an ECA model, or PHP itself. The message says what it said, the log of this site has the rest. Mend it, then retry the run.'),
      'drupal:failed' => $this->t('This site answered with a server error. Its log says why.'),
      'drupal:unavailable' => $this->t('The sidecar cannot reach this site. The run goes on when it can.'),
      'job:invalid' => $this->t('The module and the sidecar do not understand each other: bring both to the same release, and save the agent again.'),
      'job:unusable' => $this->t('What is stored of the run makes no job any more, so it was ended and keeps no other run back. The message says what is wrong.'),
      'workspace' => $this->t('Agents do not work in workspaces yet. Start the run in the live workspace.'),
      'journal_mismatch', 'journal:mismatch' => $this->t('The run could not be continued safely after a loss. Look at its drafts, then retry it.'),
      'retry:steps' => $this->t('The steps that were kept do not fit the agent or the sidecar as they are now, so nothing was done. What the run had left before is still there. Retry it from the beginning.'),
      'journal:repeated', 'journal:operation', 'journal:unreadable', 'journal:unwritable', 'journal:version' => $this->t('The journal of the run cannot be used any more. Retry it. When it happens again, report it with the log of the sidecar.'),
      'engine:refused' => $this->t('The sidecar refused the run; the message says why.'),
      'engine:defect' => $this->t('The sidecar failed. Its log has the error; please report it.'),
      'site_stopped', 'dispatch:site_stopped' => $this->t('All agents were stopped. Let them run again in the settings.'),
      'dispatch:input_invalid' => $this->t('The input does not fit the input schema of the agent. Correct what starts it, such as the input of the trigger or of the ECA model.'),
      'dispatch:queue_full' => $this->t('Too many runs have not ended. Wait until they have, or raise the number in the settings.'),
      default => NULL,
    };
  }

  /**
   * Advice for limits.
   */
  private function limit(string $reason): ?TranslatableMarkup {
    return match ($reason) {
      'limit:steps' => $this->t('The agent needs more model requests than it may. Raise "Model requests per run" in the agent, or give it a smaller task.'),
      'limit:tool_calls' => $this->t('The agent needs more tool calls than it may. Raise "Tool calls per run" in the agent, or give it a smaller task.'),
      'limit:tokens' => $this->t('The next request could have exceeded the limit of tokens; it was not sent. Raise "Tokens per run" in the agent, or give it less to read.'),
      'limit:cost_micros' => $this->t('The next request could have exceeded the limit of money; it was not sent. Raise "Cost per run" in the agent, or take a cheaper model.'),
      'limit:wall_seconds' => $this->t('The run took longer than it may. Raise "Time per run" in the agent.'),
      'limit:writes' => $this->t('The agent would leave more drafts than it may; none of that answer was written. Raise "Drafts per run" in the agent if that is right.'),
      'limit:budget_site' => $this->t('All agents together would have spent more than the sidecar allows this site on a day. Retry tomorrow, or raise the budget of the site in the settings of the sidecar.'),
      'limit:budget_agent' => $this->t('The agent would have spent more than it may on a day. Retry tomorrow, or raise its budget of the day.'),
      'limit:unpriced_model' => $this->t('Nobody knows what this model costs. Give the agent a limit of tokens, or set the price of the model in the settings of the sidecar.'),
      'limit:writes_per_hour' => $this->t('The agent has left enough drafts for this hour. Retry later, or raise "Drafts per hour" in the agent.'),
      default => NULL,
    };
  }

  /**
   * Advice for what models do.
   */
  private function model(string $reason): ?TranslatableMarkup {
    return match ($reason) {
      'model:refused' => $this->t('The provider of the model refused: wrong key, no permission or no credit. Set the key in the settings of the sidecar.'),
      'model:unknown_model' => $this->t('The provider, or the sidecar, does not know this model. Correct its name in the agent, or add the endpoint to the settings of the sidecar.'),
      'model:bad_request' => $this->t('The provider of the model does not accept the request: a setting of the model, the tools, or too long a text. The message says which.'),
      'model:rate_limited' => $this->t('The provider of the model takes no more requests. Retry later, lower "Runs at the same time", or ask the provider for more.'),
      'model:unavailable', 'model:timeout' => $this->t('The provider of the model did not answer, also after several tries. Retry later.'),
      'model:output' => $this->t('The final answer of the model does not fit the output schema of the agent. Make the schema or the prompt clearer, or take another model.'),
      'model:nonsense' => $this->t('The model kept giving answers that cannot be used. Make the prompt or the output schema simpler, or take another model.'),
      'model:content_filter' => $this->t('The provider of the model refused the text because of its rules.'),
      'model:truncated' => $this->t('The answer of the model was cut off. Raise "max_tokens" in the settings of the model.'),
      'output_schema' => $this->t('The output schema of the agent cannot be used; the message says why. Correct it in the agent.'),
      'model:tool_parser' => $this->t('The model wrote a tool call as text, because its server does not read its calls. Start the server of the model with a tool parser, or take another model.'),
      'model:defect' => $this->t('The part of the sidecar that speaks to the provider failed. Its log has the error.'),
      default => NULL,
    };
  }

  /**
   * Advice for accounts.
   */
  private function account(string $reason): ?TranslatableMarkup {
    return match ($reason) {
      'token:refused' => $this->t('This site refused the run: the account of the agent is blocked or has no agent role, or the sidecar has another secret. The status report says which.'),
      'account_blocked', 'dispatch:account_blocked' => $this->t('The account of the agent is blocked. Make it active, then retry the run.'),
      'not_an_agent_account' => $this->t('The account of the agent has no agent role. Give it one, then retry the run.'),
      'requester_lost' => $this->t('The account that asked for this run is blocked or gone.'),
      'agent_gone', 'dispatch:agent_unknown', 'dispatch:agent_disabled' => $this->t('The agent was deleted or is not active. Make it active, then start it again.'),
      'dispatch:ai_agent_unfit' => $this->t('The AI agent that this agent is has parts that cannot be run here. The form of the agent lists them.'),
      'dispatch:account_missing' => $this->t('The agent has no account to act as. Choose one in the agent.'),
      default => NULL,
    };
  }

}
