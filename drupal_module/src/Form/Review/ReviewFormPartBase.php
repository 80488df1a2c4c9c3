<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Diff\FieldDiff;
use Drupal\background_agents\Review\Seen;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * A part of the page of a draft that shows nothing and does nothing.
 *
 * @internal
 */
abstract class ReviewFormPartBase implements ReviewFormPartInterface {

  use StringTranslationTrait;

  /**
   * {@inheritdoc}
   */
  public function build(ReviewPage $page, FormStateInterface $form_state): array {
    return [];
  }

  /**
   * {@inheritdoc}
   */
  public function field(ReviewPage $page, FieldDiff $diff): array {
    return [];
  }

  /**
   * {@inheritdoc}
   */
  public function buttons(ReviewPage $page): array {
    return [];
  }

  /**
   * {@inheritdoc}
   */
  public function validate(array $form, FormStateInterface $form_state): void {}

  /**
   * {@inheritdoc}
   */
  public function submit(Change $change, Seen $seen, FormStateInterface $form_state): void {}

}
