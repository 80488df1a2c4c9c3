<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Review\FourEyes;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Tells who asked for the run that somebody else has to accept its draft.
 *
 * @internal
 */
final class FourEyesPart extends ReviewFormPartBase {

  public function __construct(
    private readonly FourEyes $fourEyes,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(ReviewPage $page, FormStateInterface $form_state): array {
    return !$page->isOpen || !$this->fourEyes->keepsFrom($page->change, $this->currentUser) ? [] : [
      '#type' => 'container',
      // Not status_messages: a page has them outside of its content.
      '#attributes' => ['class' => ['messages', 'messages--warning'], 'role' => 'note'],
      'why' => ['#plain_text' => $this->fourEyes->sentence($page->change)],
    ];
  }

}
