<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Access\RunSuperiors;
use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\user\UserInterface;

/**
 * Whether what happens now is an agent's doing, and under which agent's rules.
 *
 * It is, when the current account is an agent account *or* a run's request is
 * active: a write under a switched account is still the agent's.
 *
 * @internal
 */
final class AgentScope {

  /**
   * Accounts of runs, by UUID; NULL when there is none.
   *
   * @var array<string, \Drupal\user\UserInterface|null>
   */
  private array $runAccounts = [];

  public function __construct(
    private readonly AccountInterface $currentUser,
    private readonly AgentAccounts $accounts,
    private readonly RunContext $runContext,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountMarks $marks,
    private readonly RunSuperiors $superiors,
  ) {}

  /**
   * Whether a write that happens now is an agent's.
   */
  public function isActive(): bool {
    return $this->runContext->current() !== NULL || $this->accounts->isAgentAccount($this->currentUser);
  }

  /**
   * Whether access checks for this account follow an agent's rules.
   */
  public function governs(AccountInterface $account): bool {
    return $this->accounts->isAgentAccount($account);
  }

  /**
   * The run whose request this is.
   */
  public function run(): ?Run {
    return $this->runContext->current();
  }

  /**
   * The account whose rights count for a write: the run's, else the current.
   */
  public function account(): AccountInterface {
    return $this->runAccount() ?? $this->currentUser;
  }

  /**
   * Whether the account works in this request by its own run token.
   */
  public function actsByToken(AccountInterface $account): bool {
    $acting = $this->runAccount();
    return $acting !== NULL && (int) $acting->id() === (int) $account->id();
  }

  /**
   * Whose rights bound the run's: who asked, and the agents that started it.
   *
   * @return \Drupal\user\UserInterface[]
   *   Nobody for cron and Drush, or without a run.
   */
  public function superiors(): array {
    $run = $this->run();
    return $run === NULL ? [] : array_values(array_filter($this->superiors->of($run)));
  }

  /**
   * The agents whose bindings say what an account may touch.
   *
   * With a run: its agent. Without: every enabled agent of the account.
   *
   * @return \Drupal\background_agents\Entity\Agent[]
   */
  public function agents(?AccountInterface $account = NULL): array {
    $run = $this->run();
    if ($run !== NULL && ($account === NULL || $this->actsByToken($account))) {
      $agent = $run->getAgent();
      return $agent === NULL ? [] : [$agent];
    }
    $ids = $this->marks->agents((int) ($account ?? $this->currentUser)->id());
    $agents = $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple($ids);
    return array_values(array_filter($agents, static fn (Agent $agent): bool => $agent->status()));
  }

  /**
   * Whether the binding names the operation for a bundle.
   *
   * @param string[] $operations
   *   One of them is enough.
   */
  public function mayTouch(string $entityType, string $bundle, array $operations, ?AccountInterface $account = NULL): bool {
    foreach ($operations as $operation) {
      if ($this->any(static fn (Agent $agent): bool => $agent->mayTouch($entityType, $bundle, $operation), $account)) {
        return TRUE;
      }
    }
    return FALSE;
  }

  /**
   * Whether the binding lets the agent write a field, and names its bundle.
   *
   * @param string $entityType
   *   The entity type.
   * @param string|null $bundle
   *   The bundle; NULL: one of the entity type's is enough.
   * @param string $field
   *   Name of the field.
   * @param string[] $operations
   *   Operations of the binding, one of which is enough.
   * @param \Drupal\Core\Session\AccountInterface|null $account
   *   Whose agents count; NULL: the current ones.
   */
  public function mayWriteField(string $entityType, ?string $bundle, string $field, array $operations, ?AccountInterface $account = NULL): bool {
    return $this->any(static function (Agent $agent) use ($entityType, $bundle, $field, $operations): bool {
      $bundles = $agent->getContent()[$entityType] ?? [];
      foreach ($bundle === NULL ? $bundles : array_intersect_key($bundles, [$bundle => TRUE]) as $name => $named) {
        if (array_intersect($operations, $named) !== [] && $agent->mayWriteField($entityType, (string) $name, $field)) {
          return TRUE;
        }
      }
      return FALSE;
    }, $account);
  }

  /**
   * Whether the binding lets the agent write a language.
   */
  public function mayWriteLanguage(string $langcode, ?AccountInterface $account = NULL): bool {
    return $this->any(static fn (Agent $agent): bool => $agent->mayWriteLanguage($langcode), $account);
  }

  /**
   * Whether the binding lets the agent write content without moderation.
   */
  public function mayWriteUnmoderated(): bool {
    return $this->any(static fn (Agent $agent): bool => $agent->mayWriteUnmoderated());
  }

  /**
   * Whether the binding lets the agent publish.
   */
  public function mayPublish(): bool {
    return $this->any(static fn (Agent $agent): bool => $agent->mayPublish());
  }

  /**
   * Tells whether one of the governing agents passes a test.
   *
   * @param callable(\Drupal\background_agents\Entity\Agent): bool $test
   *   The test.
   */
  private function any(callable $test, ?AccountInterface $account = NULL): bool {
    foreach ($this->agents($account) as $agent) {
      if ($test($agent)) {
        return TRUE;
      }
    }
    return FALSE;
  }

  private function runAccount(): ?UserInterface {
    $uuid = $this->run()?->getAccountUuid();
    if ($uuid === NULL) {
      return NULL;
    }
    return $this->runContext->account() ?? $this->runAccounts[$uuid] ??= $this->accounts->load($uuid);
  }

}
