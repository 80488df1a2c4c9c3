<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\Core\Entity\EntityTypeBundleInfoInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\workflows\StateInterface;
use Drupal\workflows\TransitionInterface;
use Drupal\workflows\WorkflowInterface;

/**
 * From which moderation states a person has a transition.
 *
 * Read from configuration alone: content moderation denies the edit of an item
 * to who has none, and asks for it in eight queries an item.
 *
 * @internal
 */
final class ReviewStates {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityTypeBundleInfoInterface $bundles,
  ) {}

  /**
   * The bundles of a type by the states in which the person may edit an item.
   *
   * @param string $type
   *   An entity type.
   * @param list<string> $bundles
   *   Its bundles to be told about.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   The person.
   *
   * @return list<array{bundles: list<string>, states: list<string>|null}>
   *   Bundles with the same states together; NULL: they are not moderated.
   */
  public function groups(string $type, array $bundles, AccountInterface $account): array {
    $byWorkflow = [];
    foreach ($bundles as $bundle) {
      $byWorkflow[$this->workflowOf($type, $bundle)][] = $bundle;
    }
    $groups = [];
    foreach ($byWorkflow as $id => $members) {
      $workflow = $this->workflow((string) $id);
      $groups[] = [
        'bundles' => $members,
        'states' => $workflow === NULL ? NULL : array_map(static fn (StateInterface $state): string => (string) $state->id(), array_values(array_filter(
          $workflow->getTypePlugin()->getStates(),
          fn (StateInterface $state): bool => $this->usable($workflow, $state, $account) !== [],
        ))),
      ];
    }
    return $groups;
  }

  /**
   * Where a person may bring a draft in a state; those that publish are first.
   *
   * @param string $type
   *   Entity type of the draft's item.
   * @param string $bundle
   *   Its bundle.
   * @param string $state
   *   The moderation state of the draft.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   The person.
   *
   * @return array<string, string>
   *   Labels of transitions by the state they lead to.
   */
  public function targets(string $type, string $bundle, string $state, AccountInterface $account): array {
    $workflow = $this->workflow($this->workflowOf($type, $bundle));
    if ($workflow === NULL || !$workflow->getTypePlugin()->hasState($state)) {
      return [];
    }
    $published = $others = [];
    foreach ($this->usable($workflow, $workflow->getTypePlugin()->getState($state), $account) as $transition) {
      $to = $transition->to();
      $isDefault = method_exists($to, 'isDefaultRevisionState') && $to->isDefaultRevisionState();
      $isPublished = $isDefault && method_exists($to, 'isPublishedState') && $to->isPublishedState();
      if ($isPublished) {
        $published[(string) $to->id()] = (string) $transition->label();
      }
      elseif (!$isDefault && $to->id() !== $state) {
        $others[(string) $to->id()] = (string) $transition->label();
      }
    }
    return $published + $others;
  }

  /**
   * The transitions from a state that a person may use.
   *
   * @return \Drupal\workflows\TransitionInterface[]
   */
  private function usable(WorkflowInterface $workflow, StateInterface $state, AccountInterface $account): array {
    return array_filter($state->getTransitions(), static fn (TransitionInterface $transition): bool => $account->hasPermission('use ' . $workflow->id() . ' transition ' . $transition->id()));
  }

  private function workflowOf(string $type, string $bundle): string {
    return (string) ($this->bundles->getBundleInfo($type)[$bundle]['workflow'] ?? '');
  }

  private function workflow(string $id): ?WorkflowInterface {
    $workflow = $id === '' || !$this->entityTypeManager->hasDefinition('workflow') ? NULL : $this->entityTypeManager->getStorage('workflow')->load($id);
    return $workflow instanceof WorkflowInterface ? $workflow : NULL;
  }

}
