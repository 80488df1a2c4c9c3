<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Ui\DraftFields;
use Drupal\Core\Form\FormStateInterface;

/**
 * The fields of the draft, with checkboxes where a person decides.
 *
 * @internal
 */
final class FieldsPart extends ReviewFormPartBase {

  public function __construct(
    private readonly DraftFields $fields,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(ReviewPage $page, FormStateInterface $form_state): array {
    return $this->fields->build($page->diffs, $page->isOpen, $page->former === NULL);
  }

}
