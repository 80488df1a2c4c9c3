<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\background_agents\Ui\DraftFields;
use Drupal\Core\Session\AccountInterface;

/**
 * Finds out what the page of a draft shows to the person who opens it.
 *
 * @internal
 */
final class ReviewPages {

  public function __construct(
    private readonly DraftVersions $versions,
    private readonly DraftFields $fields,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Returns what the page shows; NULL: the content is not there any more.
   */
  public function of(Change $change, bool $isAgainstRead): ?ReviewPage {
    $seen = $this->versions->seen($change);
    $shown = $this->versions->shown($change);
    if ($seen === NULL || $shown === NULL) {
      return NULL;
    }
    $isOpen = $change->isPending() && !$isAgainstRead && $change->access('review', $this->currentUser);
    $former = $isAgainstRead ? $this->versions->base($change) : $this->versions->former($change);
    return new ReviewPage($change, $seen, $former, $shown, $this->fields->diffs($change, $former, $shown), $isOpen, $isAgainstRead);
  }

}
