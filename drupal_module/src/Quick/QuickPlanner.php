<?php

declare(strict_types=1);

namespace Drupal\background_agents\Quick;

use Drupal\background_agents\Agent\AgentPermissionNeeds;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\AccountMaker;
use Drupal\background_agents\Ui\Workflows;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;
use Drupal\workflows\WorkflowInterface;

/**
 * Says what is made of a choice, as far as the acting person may.
 *
 * Nobody hands on a permission that they lack; one that comes into being with
 * a workflow which they make is none that anybody could have.
 *
 * @internal
 */
final class QuickPlanner {

  use StringTranslationTrait;

  public function __construct(
    private readonly AgentPermissionNeeds $needs,
    private readonly AccountMaker $maker,
    private readonly Workflows $workflows,
    private readonly QuickAgent $agents,
    private readonly PermissionHolders $holders,
    private readonly PeopleNeeds $people,
    private readonly TextFormats $formats,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * The plan.
   */
  public function plan(QuickChoice $choice): QuickPlan {
    $agent = $this->agents->agent($choice);
    $ground = $this->ground($choice, $agent);
    $lacking = $this->reviewers($choice, $ground);
    $gives = $ground->moderated && $lacking !== [] && $this->mayGive($lacking, $ground->new);
    $told = new PlanSentences($choice, $ground->workflow, $this->holders, $this->agents->timeZone());
    return new QuickPlan(
      array_filter([
        'workflow' => $ground->adds ? $told->workflow($ground->editors) : NULL,
        'agent' => $told->agent((string) $agent->label(), $ground->works()),
        'account' => $ground->hasAccount ? $told->account($ground->permissions) : NULL,
        'trigger' => $told->trigger($ground->works()),
        'reviewers' => $told->reviewers($gives ? $lacking : [], $this->people->toReview($choice->content, $ground->workflowThen(), $ground->formats)),
      ]),
      $this->left($choice, $ground, $gives ? [] : $lacking),
      $ground->works(),
      $ground->adds,
      $ground->hasAccount ? $ground->more : NULL,
      $ground->new,
      self::merged($ground->adds ? $ground->editors : [], $gives ? $lacking : []),
      (string) $told->agent('', $ground->works()),
    );
  }

  /**
   * What is there, and what the person may.
   */
  private function ground(QuickChoice $choice, Agent $agent): PlanGround {
    $content = $choice->content;
    $present = $this->workflows->of($content->entityType, $content->bundle);
    $workflow = $present ?? ($choice->workflow === '' ? NULL : $this->workflows->find($choice->workflow));
    $new = $workflow !== NULL && $workflow->isNew() ? self::transitions($workflow) : [];
    $editors = $present === NULL && $workflow !== NULL ? $this->people->toGoOnSaving($content, $workflow) : [];
    $adds = $present === NULL && $workflow !== NULL && $this->mayAdd($editors, $new);
    $moderated = $present !== NULL || $adds;
    $operations = $choice->preset->operations;
    $formats = $this->formats->permissions($content);
    $more = array_values(array_unique([
      ...$formats,
      ...($workflow === NULL ? [] : $this->needs->transitions($workflow, $operations)),
    ]));
    $permissions = array_values(array_unique([...$this->needs->needed($agent), ...$more]));
    return new PlanGround(
      $workflow,
      $adds,
      $moderated,
      $new,
      $editors,
      $formats,
      $more,
      $permissions,
      $moderated && $this->needs->hasDrafts($workflow, $operations),
      $moderated && $this->maker->access($this->currentUser)->isAllowed() && $this->cannotGive($permissions, $new) === [],
    );
  }

  /**
   * What others have to do.
   *
   * @param \Drupal\background_agents\Quick\QuickChoice $choice
   *   What was chosen.
   * @param \Drupal\background_agents\Quick\PlanGround $ground
   *   What is there.
   * @param array<string, list<string>> $lacking
   *   What the role of the reviewers lacks and does not get.
   *
   * @return list<\Drupal\background_agents\Quick\LeftStep>
   *   The steps, in their order.
   */
  private function left(QuickChoice $choice, PlanGround $ground, array $lacking): array {
    return array_values(array_filter([
      $ground->moderated ? NULL : $this->leftWorkflow($choice, $ground->editors),
      $ground->moderated && !$ground->hasDrafts ? $this->leftTransition($ground->workflow) : NULL,
      $ground->hasAccount ? NULL : $this->leftAccount($ground),
      $lacking === [] ? NULL : $this->leftReviewers($lacking),
      $ground->works() ? NULL : $this->leftActivation($choice),
    ]));
  }

  /**
   * Whether the person may add a type, and keep its editors able to save.
   *
   * @param array<string, list<string>> $editors
   *   What the editors lack then.
   * @param list<string> $new
   *   Permissions of a new workflow.
   */
  private function mayAdd(array $editors, array $new): bool {
    return $this->currentUser->hasPermission('administer workflows') && ($editors === [] || $this->mayGive($editors, $new));
  }

  /**
   * Whether the person may give roles these permissions.
   *
   * @param array<string, list<string>> $grants
   *   Permissions by role.
   * @param list<string> $new
   *   Permissions of a new workflow.
   */
  private function mayGive(array $grants, array $new): bool {
    return $this->currentUser->hasPermission('administer permissions') && $this->cannotGive(array_merge(...array_values($grants)), $new) === [];
  }

  /**
   * Permissions that the person cannot hand on.
   *
   * @return list<string>
   *   Some of the permissions.
   */
  private function cannotGive(array $permissions, array $new): array {
    return $this->maker->lacking(array_diff($permissions, $new));
  }

  /**
   * What the chosen role lacks to review.
   *
   * @return array<string, list<string>>
   *   Permissions by role; empty when nothing is lacking, or no role chosen.
   */
  private function reviewers(QuickChoice $choice, PlanGround $ground): array {
    $role = $this->holders->people()[$choice->reviewers] ?? NULL;
    if ($role === NULL) {
      return [];
    }
    $missing = array_diff($this->holders->missing($role, $this->people->toReview($choice->content, $ground->workflowThen(), $ground->formats)), $ground->adds ? $ground->editors[$role->id()] ?? [] : []);
    return $missing === [] ? [] : [(string) $role->id() => array_values($missing)];
  }

  private function leftWorkflow(QuickChoice $choice, array $editors): LeftStep {
    $roles = array_intersect_key($this->holders->people(), $editors);
    return new LeftStep(
      $roles === []
        ? $this->t('Add @type to a <a href=":url">workflow</a>, so that there are drafts of it.', [
          '@type' => $choice->content->label,
          ':url' => Url::fromRoute('entity.workflow.collection')->toString(),
        ])
        : $this->t('Add @type to a <a href=":url">workflow</a>, so that there are drafts of it, and give the transitions that people write and publish with to @roles.', [
          '@type' => $choice->content->label,
          '@roles' => implode(', ', array_map(static fn ($role): string => (string) $role->label(), $roles)),
          ':url' => Url::fromRoute('entity.workflow.collection')->toString(),
        ]),
      $this->holders->told([['administer workflows'], ['administer permissions']]),
    );
  }

  private function leftTransition(WorkflowInterface $workflow): LeftStep {
    return new LeftStep(
      $this->t('Add a transition to the workflow <a href=":url">@workflow</a> that leads from its published states to an unpublished one that is no default revision: without it agents cannot leave drafts.', [
        '@workflow' => $workflow->label(),
        ':url' => $workflow->toUrl('edit-form')->toString(),
      ]),
      $this->holders->told([['administer workflows']]),
    );
  }

  private function leftAccount(PlanGround $ground): LeftStep {
    $arguments = ['@permissions' => $this->holders->titles($ground->permissions)];
    $lacking = $this->cannotGive($ground->permissions, $ground->new);
    return new LeftStep(
      $lacking === []
        ? $this->t('Open the agent, tab <em>Account</em>, and let a role and an account be made. The role needs: @permissions.', $arguments)
        : $this->t('Open the agent, tab <em>Account</em>, and let a role and an account be made. The role needs: @permissions. You cannot hand on what you lack yourself: @lacking.', $arguments + ['@lacking' => $this->holders->titles($lacking)]),
      $this->holders->told(array_map(static fn (string $name): array => [$name], [
        'administer background agents',
        'administer users',
        'administer permissions',
        ...$ground->permissions,
      ])),
    );
  }

  private function leftReviewers(array $grants): LeftStep {
    $role = $this->holders->people()[array_key_first($grants)];
    return new LeftStep(
      $this->t('Give the role @role at <a href=":url">Permissions</a> what it needs to review: @permissions.', [
        '@role' => $role->label(),
        '@permissions' => $this->holders->titles(reset($grants)),
        ':url' => Url::fromRoute('user.admin_permissions')->toString(),
      ]),
      $this->holders->told([['administer permissions']]),
    );
  }

  private function leftActivation(QuickChoice $choice): LeftStep {
    return new LeftStep(
      $choice->start === 'hand' ? $this->t('When that is done, check <em>Active</em> in the form of the agent.') : $this->t('When that is done, check <em>Active</em> in the form of the agent and in that of its trigger.'),
      $this->holders->told([['administer background agents']]),
    );
  }

  /**
   * All transitions of a workflow.
   *
   * @return list<string>
   *   Their permissions.
   */
  private static function transitions(WorkflowInterface $workflow): array {
    return array_map(static fn (int|string $id): string => "use {$workflow->id()} transition $id", array_keys($workflow->getTypePlugin()->getTransitions()));
  }

  /**
   * Permissions by role, of several lists.
   *
   * @return array<string, list<string>>
   *   Permissions by role.
   */
  private static function merged(array ...$lists): array {
    return array_map(array_unique(...), array_merge_recursive(...$lists));
  }

}
