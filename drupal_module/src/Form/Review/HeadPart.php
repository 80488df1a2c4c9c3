<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Ui\DraftHead;
use Drupal\background_agents\Ui\DraftNav;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Url;

/**
 * Who left the draft and why, and what it is compared with.
 *
 * @internal
 */
final class HeadPart extends ReviewFormPartBase {

  public function __construct(
    private readonly DraftHead $head,
    private readonly DraftNav $nav,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(ReviewPage $page, FormStateInterface $form_state): array {
    return [
      // Whoever goes by keyboard need not pass all links of the previews.
      'skip' => [
        '#type' => 'link',
        '#title' => $this->t('Skip to the decision'),
        '#url' => Url::fromRoute('<none>', [], ['fragment' => ReviewPage::DECISION]),
        '#attributes' => ['class' => ['visually-hidden', 'focusable']],
        '#access' => $page->isOpen,
      ],
      'nav' => $this->nav->build($page->change),
      'draft' => $this->head->build($page->change),
      'compare' => $this->head->compare($page->change, $page->isAgainstRead),
    ];
  }

}
