<?php

declare(strict_types=1);

namespace Drupal\background_agents\Quick;

use Drupal\background_agents\Preset\ContentFit;
use Drupal\user\RoleInterface;
use Drupal\workflows\StateInterface;
use Drupal\workflows\WorkflowInterface;

/**
 * Which permissions people need: to review, and to go on saving content.
 *
 * @internal
 */
final class PeopleNeeds {

  /**
   * Permissions to edit all items of a bundle, by entity type.
   */
  private const array EDIT = [
    'node' => ['edit any %s content'],
    'media' => ['edit any %s media', 'update any media', 'administer media'],
    'block_content' => ['edit any %s block content', 'administer block content'],
    'taxonomy_term' => ['edit terms in %s', 'administer taxonomy'],
  ];

  /**
   * Permissions that let people save some items of a bundle, besides.
   */
  private const array SAVE = [
    'node' => ['create %s content', 'edit own %s content'],
    'media' => ['create %s media', 'edit own %s media', 'update media', 'create media'],
    'block_content' => ['create %s block content'],
    'taxonomy_term' => ['create terms in %s'],
  ];

  public function __construct(
    private readonly PermissionHolders $holders,
  ) {}

  /**
   * Permissions to edit all content of a type; one of them is enough.
   *
   * @return list<string>
   *   Names of permissions.
   */
  public function toEdit(ContentFit $content): array {
    return self::named(self::EDIT, $content);
  }

  /**
   * What a person needs to review drafts of a content type.
   *
   * @param \Drupal\background_agents\Preset\ContentFit $content
   *   The content type.
   * @param \Drupal\workflows\WorkflowInterface|null $workflow
   *   Its workflow.
   * @param list<string> $formats
   *   Permissions for the text formats of its fields.
   *
   * @return list<list<string>>
   *   Of each list one permission is enough.
   */
  public function toReview(ContentFit $content, ?WorkflowInterface $workflow, array $formats): array {
    return array_values(array_filter([
      ['review background agent drafts'],
      ['access content'],
      $this->toEdit($content),
      $content->entityType === 'node' ? ['view any unpublished content', 'bypass node access'] : [],
      ['view latest version'],
      $workflow === NULL ? [] : self::between($workflow, FALSE, TRUE),
      ...array_map(static fn (string $format): array => [$format], $formats),
    ]));
  }

  /**
   * Roles that save content of a type, and the transitions that they lack.
   *
   * Without one they could not save it any more.
   *
   * @return array<string, list<string>>
   *   Permissions by role.
   */
  public function toGoOnSaving(ContentFit $content, WorkflowInterface $workflow): array {
    $saves = [...self::named(self::EDIT, $content), ...self::named(self::SAVE, $content)];
    $editors = array_filter($this->holders->people(), fn (RoleInterface $role): bool => !$role->isAdmin() && array_intersect($saves, $role->getPermissions()) !== []);
    return array_filter(array_map(fn (RoleInterface $role): array => $this->holders->missing($role, self::daily($workflow)), $editors));
  }

  /**
   * Transitions with which people write and publish, as they did before.
   *
   * From drafts and from what is published, to either of them.
   *
   * @return list<list<string>>
   *   Of each list one permission is enough.
   */
  private static function daily(WorkflowInterface $workflow): array {
    $needs = [];
    foreach ([TRUE, FALSE] as $from) {
      foreach ([TRUE, FALSE] as $to) {
        $needs[] = self::between($workflow, $from, $to);
      }
    }
    return array_values(array_filter($needs));
  }

  /**
   * Transitions from drafts, or published states, to drafts or published ones.
   *
   * @return list<string>
   *   Permissions.
   */
  private static function between(WorkflowInterface $workflow, bool $fromPublished, bool $toPublished): array {
    $isOf = static fn (StateInterface $state, bool $published): bool => $published ? $state->isPublishedState() : !$state->isPublishedState() && !$state->isDefaultRevisionState();
    $names = [];
    foreach ($workflow->getTypePlugin()->getTransitions() as $id => $transition) {
      if ($isOf($transition->to(), $toPublished) && array_filter($transition->from(), static fn (StateInterface $state): bool => $isOf($state, $fromPublished)) !== []) {
        $names[] = "use {$workflow->id()} transition $id";
      }
    }
    return $names;
  }

  /**
   * Permissions of a content type.
   *
   * @return list<string>
   *   Names of permissions.
   */
  private static function named(array $names, ContentFit $content): array {
    return array_map(static fn (string $name): string => sprintf($name, $content->bundle), $names[$content->entityType] ?? []);
  }

}
