<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity\Handler;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Entity\EntityAccessControlHandler;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * A change is visible to who may view its run, or the content it changed.
 *
 * @internal
 */
final class ChangeAccessControlHandler extends EntityAccessControlHandler {

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
    if ($access->isAllowed()) {
      return $access;
    }
    $target = $change->getTarget();
    // Who may edit the content decides about its drafts, so sees the change.
    return $target === NULL ? $access : $access->orIf($target->access('update', $account, TRUE));
  }

  /**
   * Who may edit the content, and review at all.
   */
  private function reviewAccess(Change $change, AccountInterface $account): AccessResultInterface {
    $target = $change->getTarget();
    $langcode = (string) $change->getTargetLangcode();
    if ($target === NULL) {
      return AccessResult::neutral('The content was deleted.')->addCacheableDependency($change);
    }
    $translation = $target->hasTranslation($langcode) ? $target->getTranslation($langcode) : $target;
    return AccessResult::allowedIfHasPermission($account, 'review background agent drafts')->andIf($translation->access('update', $account, TRUE));
  }

  /**
   * {@inheritdoc}
   */
  protected function checkCreateAccess(AccountInterface $account, array $context, $entity_bundle = NULL): AccessResultInterface {
    return AccessResult::forbidden('Changes are recorded by the draft writer.');
  }

}
