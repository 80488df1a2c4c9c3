<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\Core\Field\FieldItemList;

/**
 * The revision id of content, which knows when its revision is to be deleted.
 *
 * Storage has no hook before it deletes a revision, and no transaction around
 * it: the hook afterwards can throw, but brings nothing back. Fields are asked
 * before.
 *
 * @internal
 */
final class RevisionIdItemList extends FieldItemList {

  /**
   * {@inheritdoc}
   */
  public function deleteRevision(): void {
    // Fields are made by typed data, which knows no constructor injection.
    \Drupal::service(DeleteGuard::class)->refuseRevisionDelete($this->getEntity());
    parent::deleteRevision();
  }

}
