<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Agent\Preflight\AgentReadiness;
use Drupal\background_agents\Agent\Preflight\ContentPreflight;
use Drupal\background_agents\Agent\Preflight\Finding;
use Drupal\background_agents\Agent\Preflight\Severity;
use Drupal\background_agents\Agent\Preflight\Topic;
use Drupal\background_agents\Agent\RoleGrants;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\AccountMaker;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * An agent that is active has to be able to work.
 *
 * What the person can put right in the form is an error there. What somebody
 * else has to do does not keep them from saving: then the agent is saved
 * disabled. An agent that is not active may be as unfinished as it is.
 *
 * @internal
 */
final class ReadyCheck {

  use StringTranslationTrait;

  public function __construct(
    private readonly AgentReadiness $readiness,
    private readonly ContentPreflight $preflight,
    private readonly PreflightCell $cell,
    private readonly RoleGrants $grants,
    private readonly AccountMaker $maker,
    private readonly AccountInterface $currentUser,
    private readonly AgentAccounts $accounts,
  ) {}

  /**
   * What the account of an agent lacks, as it is saved.
   *
   * @return string[]
   *   A sentence for each.
   */
  public function missing(Agent $agent): array {
    return $this->accounts->validate($agent);
  }

  /**
   * Sets errors for what can be put right in the form.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent with the values of the form.
   * @param array<string, mixed> $form
   *   The form.
   * @param \Drupal\Core\Form\FormStateInterface $form_state
   *   Its state.
   */
  public function validate(Agent $agent, array $form, FormStateInterface $form_state): void {
    if (!$agent->status()) {
      return;
    }
    $may_make = $this->maker->access($this->currentUser)->isAllowed();
    if ($agent->getRole() === NULL && $may_make && !$form_state->getValue(['account', 'create'])) {
      $form_state->setError($form['account']['role'], $this->t('An active agent needs an agent role. Choose one, have an account and a role created, or take away the check mark at "Active".'));
    }
    foreach ($this->preflight->all($agent) as $key => $findings) {
      $row = $form['content']['table'][$key] ?? [];
      foreach (array_filter($findings, static fn (Finding $one): bool => $one->severity === Severity::Never) as $finding) {
        $element = $this->element($finding, $row, $form_state, $key);
        if ($element !== NULL) {
          $form_state->setError($element, $this->t('@content: @finding Put it right, or take away the check mark at "Active".', [
            '@content' => $row['label']['#plain_text'],
            '@finding' => $finding->text,
          ]));
        }
      }
    }
  }

  /**
   * Where a finding can be put right; NULL: not in this form, or it is done.
   */
  private function element(Finding $finding, array $row, FormStateInterface $form_state, string $key): ?array {
    $account = (array) $form_state->getValue('account');
    $is_given = !empty($account['create']) || !empty($account['add_permissions']);
    return match ($finding->topic) {
      Topic::Fields => $row['fields']['limit'] ?? NULL,
      Topic::Content => $row['read'] ?? NULL,
      // Without a workflow it is an error already.
      Topic::Moderation => NULL,
      Topic::Permissions => $is_given || $this->isChosen($finding, $form_state, $key) || $this->cell->offered([$finding]) === [] ? NULL : ($row['revise'] ?? NULL),
    };
  }

  private function isChosen(Finding $finding, FormStateInterface $form_state, string $key): bool {
    $chosen = array_keys((array) ($form_state->getUserInput()['content']['table'][$key]['grant'] ?? []));
    return array_diff($this->cell->offered([$finding]), $chosen) === [];
  }

  /**
   * Gives the agent's role the permissions that were chosen in the table.
   *
   * @return list<\Stringable>
   *   What was done, in sentences.
   */
  public function grant(Agent $agent, FormStateInterface $form_state): array {
    $added = $this->grants->give($agent, $this->cell->chosen($agent, $form_state));
    return $added === [] ? [] : [$this->t('Added to the role of the agent: @names.', ['@names' => implode(', ', $added)])];
  }

  /**
   * Disables an agent that can do nothing yet.
   *
   * @return list<string|\Stringable>
   *   Why; nothing: it stays as it is.
   */
  public function settle(Agent $agent): array {
    $obstacles = $agent->status() ? $this->readiness->obstacles($agent) : [];
    if ($obstacles !== []) {
      $agent->disable();
    }
    return $obstacles;
  }

}
