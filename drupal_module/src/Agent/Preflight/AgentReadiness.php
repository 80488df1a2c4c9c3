<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent\Preflight;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Agent\KnownGaps;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\ContentTypes;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\user\RoleInterface;

/**
 * Whether an agent can do anything of what it is told.
 *
 * @internal
 */
final class AgentReadiness {

  use StringTranslationTrait;

  public function __construct(
    private readonly AgentAccounts $accounts,
    private readonly ContentPreflight $preflight,
    private readonly FieldPreflight $fields,
    private readonly ContentTypes $contentTypes,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly KnownGaps $gaps,
  ) {}

  /**
   * What keeps an agent from its work, whatever it is asked.
   *
   * @return list<string|\Stringable>
   *   A sentence for each; none: it may be active.
   */
  public function obstacles(Agent $agent): array {
    $found = $this->account($agent);
    foreach ($this->preflight->all($agent) as $key => $findings) {
      array_push($found, ...$this->told($key, $findings, Severity::Never));
    }
    return $found;
  }

  /**
   * What lists say of an agent: what is known without asking as a run.
   *
   * @return list<string|\Stringable>
   *   A sentence for each.
   */
  public function known(Agent $agent): array {
    $found = [...$this->accounts->validate($agent), ...$this->gaps->of($agent)];
    foreach ($agent->getFieldLimits() as $type => $bundles) {
      foreach (array_keys($bundles) as $bundle) {
        $findings = $this->fields->withoutAsking($agent, (string) $type, (string) $bundle);
        array_push($found, ...$this->told("$type:$bundle", $findings, Severity::Never), ...$this->told("$type:$bundle", $findings, Severity::Partly));
      }
    }
    return $found;
  }

  /**
   * Why the agent has nobody to act as.
   *
   * That the account is not made yet is none: its first run makes it.
   *
   * @return list<string|\Stringable>
   */
  private function account(Agent $agent): array {
    $role = $this->entityTypeManager->getStorage('user_role')->load((string) $agent->getRole());
    if (!$role instanceof RoleInterface) {
      return [$this->t('It has no agent role.')];
    }
    $account = $agent->isNew() ? NULL : $this->accounts->accountOf($agent);
    $problems = [$this->accounts->roleRefusal($role)];
    $problems[] = $account === NULL ? NULL : $this->accounts->refusal($account);
    return array_values(array_filter($problems));
  }

  /**
   * The sentences of a severity, each with its content type.
   *
   * @param string $key
   *   The entity type and bundle.
   * @param list<\Drupal\background_agents\Agent\Preflight\Finding> $findings
   *   What was found about it.
   * @param \Drupal\background_agents\Agent\Preflight\Severity $severity
   *   What is told.
   *
   * @return list<\Stringable>
   */
  private function told(string $key, array $findings, Severity $severity): array {
    [$type, $bundle] = explode(':', $key, 2);
    $label = ($this->entityTypeManager->hasDefinition($type) ? $this->contentTypes->bundleLabels($type)[$bundle] ?? NULL : NULL) ?? $key;
    $wanted = array_filter($findings, static fn (Finding $one): bool => $one->severity === $severity);
    return array_values(array_map(fn (Finding $one): \Stringable => $this->t('@content: @finding', [
      '@content' => $label,
      '@finding' => $one->text,
    ]), $wanted));
  }

}
