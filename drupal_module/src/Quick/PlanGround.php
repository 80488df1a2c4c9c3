<?php

declare(strict_types=1);

namespace Drupal\background_agents\Quick;

use Drupal\workflows\WorkflowInterface;

/**
 * What a plan is made of: what is there, and what the acting person may.
 *
 * @internal
 */
final readonly class PlanGround {

  /**
   * Sets what QuickPlanner found.
   *
   * @param \Drupal\workflows\WorkflowInterface|null $workflow
   *   The workflow that is there, or that would be taken.
   * @param bool $adds
   *   Whether the content type is added to it.
   * @param bool $moderated
   *   Whether it is in it then.
   * @param list<string> $new
   *   Permissions that come into being with it.
   * @param array<string, list<string>> $editors
   *   What roles lack to go on saving, when it is added.
   * @param list<string> $formats
   *   Permissions for text formats.
   * @param list<string> $more
   *   What the agent needs besides what its content asks for today.
   * @param list<string> $permissions
   *   All that it needs.
   * @param bool $hasDrafts
   *   Whether the agent can leave drafts then.
   * @param bool $hasAccount
   *   Whether its account is made.
   */
  public function __construct(
    public ?WorkflowInterface $workflow,
    public bool $adds,
    public bool $moderated,
    public array $new,
    public array $editors,
    public array $formats,
    public array $more,
    public array $permissions,
    public bool $hasDrafts,
    public bool $hasAccount,
  ) {}

  /**
   * Whether the agent can work as soon as it is saved.
   */
  public function works(): bool {
    return $this->hasDrafts && $this->hasAccount;
  }

  /**
   * The workflow of the content type after the plan; NULL when it has none.
   */
  public function workflowThen(): ?WorkflowInterface {
    return $this->moderated ? $this->workflow : NULL;
  }

}
