<?php

declare(strict_types=1);

namespace Drupal\background_agents\Quick;

/**
 * What the quick form makes, and what is left to others.
 *
 * @internal
 */
final readonly class QuickPlan {

  /**
   * Sets what QuickPlanner found.
   *
   * @param array<string, string|\Stringable> $made
   *   What is made, a sentence each.
   * @param list<\Drupal\background_agents\Quick\LeftStep> $left
   *   What others have to do, in this order.
   * @param bool $works
   *   Whether the agent can work as soon as it is saved.
   * @param bool $addsToWorkflow
   *   Whether the content type is added to a workflow.
   * @param list<string>|null $permissions
   *   What the role of the agent gets besides what its content asks for; NULL:
   *   no account is made.
   * @param list<string> $new
   *   Permissions that come into being with a new workflow.
   * @param array<string, list<string>> $grants
   *   Permissions that roles of people get, by role.
   * @param string $about
   *   What the agent does with which content, without its name.
   */
  public function __construct(
    public array $made,
    public array $left,
    public bool $works,
    public bool $addsToWorkflow,
    public ?array $permissions,
    public array $new,
    public array $grants,
    public string $about,
  ) {}

  /**
   * Tells one plan from another: what a person saw is what is made.
   *
   * Its name and its times are left out: the person typed them.
   */
  public function hash(): string {
    $made = array_diff_key($this->made, ['agent' => TRUE, 'trigger' => TRUE]);
    $told = [
      $this->about,
      array_map(strval(...), $made),
      array_map(static fn (LeftStep $step): string => $step->what . $step->who, $this->left),
    ];
    return hash('sha256', json_encode([$told, $this->permissions, $this->grants], JSON_THROW_ON_ERROR));
  }

}
