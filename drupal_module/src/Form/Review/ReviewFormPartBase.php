<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Diff\FieldDiff;
use Drupal\background_agents\Review\Seen;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;

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

  /**
   * A link of the bar that opens a folded section, and goes to a field in it.
   *
   * @param \Drupal\Core\StringTranslation\TranslatableMarkup $title
   *   What the link says.
   * @param string $id
   *   HTML id of the field.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  protected static function opener(TranslatableMarkup $title, string $id): array {
    return [
      '#type' => 'link',
      '#title' => $title,
      '#url' => Url::fromRoute('<none>', [], ['fragment' => $id]),
      '#attributes' => ['class' => ['button', 'ba-review__opener']],
    ];
  }

}
