<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Ui\DraftRounds;
use Drupal\Core\Form\FormStateInterface;

/**
 * What people said about the draft before, and where its other versions are.
 *
 * @internal
 */
final class RoundsPart extends ReviewFormPartBase {

  public function __construct(
    private readonly DraftRounds $rounds,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(ReviewPage $page, FormStateInterface $form_state): array {
    $labels = [];
    foreach ($page->diffs as $diff) {
      $labels[$diff->name] = $diff->label;
    }
    return $this->rounds->build($page->change, $labels);
  }

}
