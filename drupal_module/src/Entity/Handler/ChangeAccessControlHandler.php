<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity\Handler;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Entity\EntityAccessControlHandler;
use Drupal\Core\Entity\EntityHandlerInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityTypeInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * A change is visible to who may view its run, or the content it changed.
 *
 * @internal
 */
final class ChangeAccessControlHandler extends EntityAccessControlHandler implements EntityHandlerInterface {

  public function __construct(
    EntityTypeInterface $entity_type,
    private readonly DraftVersions $versions,
  ) {
    parent::__construct($entity_type);
  }

  /**
   * {@inheritdoc}
   */
  public static function createInstance(ContainerInterface $container, EntityTypeInterface $entity_type): static {
    return new self($entity_type, $container->get(DraftVersions::class));
  }

  /**
   * {@inheritdoc}
   */
  protected function checkAccess(EntityInterface $entity, $operation, AccountInterface $account): AccessResultInterface {
    assert($entity instanceof Change);
    return match ($operation) {
      'view', 'view label' => $this->viewAccess($entity, $account),
      'review' => $this->reviewAccess($entity, $account),
      'delete' => AccessResult::allowedIfHasPermission($account, 'administer background agents'),
      default => AccessResult::forbidden('Changes are recorded, not edited.'),
    };
  }

  private function viewAccess(Change $change, AccountInterface $account): AccessResultInterface {
    $access = $change->getRun()?->access('view', $account, TRUE) ?? AccessResult::neutral();
    // Of a test run, there is nothing that an editor of the content decides.
    if ($access->isAllowed() || $change->isDryRun()) {
      return $access;
    }
    $target = $change->getTarget();
    // Who may edit the content decides about its drafts, so sees the change.
    return $target === NULL ? $access : $access->orIf($target->access('update', $account, TRUE));
  }

  /**
   * Who may edit the newest version of the content, and review at all.
   */
  private function reviewAccess(Change $change, AccountInterface $account): AccessResultInterface {
    if ($change->isDryRun()) {
      return AccessResult::forbidden('A test run left it: it was not saved.')->addCacheableDependency($change);
    }
    $newest = $this->versions->newest($change);
    if ($newest === NULL) {
      return AccessResult::neutral('The content was deleted.')->addCacheableDependency($change);
    }
    return AccessResult::allowedIfHasPermission($account, 'review background agent drafts')->andIf($newest->access('update', $account, TRUE));
  }

  /**
   * {@inheritdoc}
   */
  protected function checkCreateAccess(AccountInterface $account, array $context, $entity_bundle = NULL): AccessResultInterface {
    return AccessResult::forbidden('Changes are recorded by the draft writer.');
  }

}
