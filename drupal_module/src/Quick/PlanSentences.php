<?php

declare(strict_types=1);

namespace Drupal\background_agents\Quick;

use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\workflows\WorkflowInterface;

/**
 * Says in sentences what is made of a choice.
 *
 * @internal
 */
final class PlanSentences {

  use StringTranslationTrait;

  public function __construct(
    private readonly QuickChoice $choice,
    private readonly ?WorkflowInterface $workflow,
    private readonly PermissionHolders $holders,
    private readonly string $timeZone,
  ) {}

  /**
   * The content type comes under a workflow; editors can go on.
   *
   * @param array<string, list<string>> $editors
   *   Transitions that roles get, so that they can go on saving.
   */
  public function workflow(array $editors): \Stringable {
    $sentence = $this->workflow->isNew()
      ? $this->t('The workflow <strong>@workflow</strong> with the content type @type in it: whoever saves @type chooses from then on whether it is a draft or published.', [
        '@workflow' => $this->workflow->label(),
        '@type' => $this->choice->content->label,
      ])
      : $this->t('@type is added to the workflow <strong>@workflow</strong>: whoever saves it chooses from then on whether it is a draft or published.', [
        '@workflow' => $this->workflow->label(),
        '@type' => $this->choice->content->label,
      ]);
    return $editors === [] ? $sentence : $this->t('@sentence Who writes @type now gets its transitions, so that nobody is kept from saving: @roles.', [
      '@sentence' => $sentence,
      '@type' => $this->choice->content->label,
      '@roles' => $this->roles(array_keys($editors)),
    ]);
  }

  /**
   * The agent itself.
   */
  public function agent(string $label, bool $works): \Stringable {
    $arguments = [
      '@label' => $label,
      '@type' => $this->choice->content->label,
      '@fields' => implode(', ', $this->choice->content->fieldLabels()),
    ];
    $sentence = in_array('create', $this->choice->preset->operations, TRUE) && !in_array('revise', $this->choice->preset->operations, TRUE)
      ? $this->t('The agent <strong>@label</strong>: it reads @type, and writes new drafts of it, in these fields alone: @fields.', $arguments)
      : $this->t('The agent <strong>@label</strong>: it reads @type, and leaves changes of it as drafts, in these fields alone: @fields.', $arguments);
    return $works ? $sentence : $this->t('@sentence It is not active until the rest is done.', ['@sentence' => $sentence]);
  }

  /**
   * Its account and role.
   *
   * @param list<string> $permissions
   *   All that the role gets.
   */
  public function account(array $permissions): \Stringable {
    return $this->t('A role and an account for it, with which nobody can log in, and with these permissions alone: @permissions.', ['@permissions' => $this->holders->titles($permissions)]);
  }

  /**
   * What starts it.
   */
  public function trigger(bool $works): \Stringable {
    $arguments = [
      '@type' => $this->choice->content->label,
      '@time' => $this->choice->time,
      '@zone' => $this->timeZone,
    ];
    $sentence = match ($this->choice->start) {
      'content' => $this->t('A trigger: it starts half a minute after content of the type @type was published, or was changed and published again.', $arguments),
      'daily' => $this->t('A trigger: it starts every day at @time (@zone).', $arguments),
      default => $this->t('No trigger: people start it, with <em>Run</em> or on the tab <em>Agents</em> of content.'),
    };
    return $works || $this->choice->start === 'hand' ? $sentence : $this->t('@sentence It is not active until the rest is done.', ['@sentence' => $sentence]);
  }

  /**
   * Who looks at the drafts.
   *
   * @param array<string, list<string>> $grants
   *   What the chosen role gets.
   * @param list<list<string>> $needs
   *   What reviewing needs.
   */
  public function reviewers(array $grants, array $needs): \Stringable {
    if ($grants !== []) {
      return $this->t('The role @role gets what it lacks to review the drafts: @permissions.', [
        '@role' => $this->roles(array_keys($grants)),
        '@permissions' => $this->holders->titles(reset($grants)),
      ]);
    }
    $role = $this->holders->people()[$this->choice->reviewers] ?? NULL;
    $told = $this->holders->told($needs);
    return match (TRUE) {
      $role !== NULL => $this->t('Drafts wait for the role @role. Nothing is published before a person accepts it.', ['@role' => $role->label()]),
      $told !== '' => $this->t('Drafts wait for who may review them: @roles. Nothing is published before a person accepts it.', ['@roles' => $told]),
      default => $this->t('Nobody may review its drafts yet: choose who shall.'),
    };
  }

  private function roles(array $ids): string {
    return implode(', ', array_map(static fn ($role): string => (string) $role->label(), array_intersect_key($this->holders->people(), array_flip($ids))));
  }

}
