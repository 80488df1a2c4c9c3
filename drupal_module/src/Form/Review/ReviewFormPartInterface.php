<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Diff\FieldDiff;
use Drupal\background_agents\Review\Seen;
use Drupal\Core\Form\FormStateInterface;

/**
 * One part of the page of a draft, with what a person can do in it.
 *
 * Parts are services with the tag background_agents.review_part. Its `key`
 * names their section of the form, its `priority` orders sections and buttons:
 * the highest comes first. ReviewFormPartBase answers what a part leaves out.
 *
 * @internal
 */
interface ReviewFormPartInterface {

  /**
   * Builds the section of the part.
   *
   * @param \Drupal\background_agents\Form\Review\ReviewPage $page
   *   What the page shows.
   * @param \Drupal\Core\Form\FormStateInterface $form_state
   *   The state of the form.
   *
   * @return array<string, mixed>
   *   Form elements; empty: the part has no section now.
   */
  public function build(ReviewPage $page, FormStateInterface $form_state): array;

  /**
   * Builds what the part adds below a field that differs.
   *
   * Its values are at ['fields', name of the field, 'more', key of the part].
   *
   * @param \Drupal\background_agents\Form\Review\ReviewPage $page
   *   What the page shows.
   * @param \Drupal\background_agents\Review\Diff\FieldDiff $diff
   *   The field.
   *
   * @return array<string, mixed>
   *   Form elements.
   */
  public function field(ReviewPage $page, FieldDiff $diff): array;

  /**
   * Builds the buttons that the part adds to the bar of decisions.
   *
   * @param \Drupal\background_agents\Form\Review\ReviewPage $page
   *   What the page shows.
   *
   * @return array<string, mixed>
   *   Submit buttons with a #name, and links.
   */
  public function buttons(ReviewPage $page): array;

  /**
   * Checks what was given, when a button of this part was pressed.
   *
   * @param array<string, mixed> $form
   *   The whole form.
   * @param \Drupal\Core\Form\FormStateInterface $form_state
   *   The state of the form; errors are set on it.
   */
  public function validate(array $form, FormStateInterface $form_state): void;

  /**
   * Does what a button of this part says, and tells the person.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param \Drupal\background_agents\Review\Seen $seen
   *   What the person had in sight.
   * @param \Drupal\Core\Form\FormStateInterface $form_state
   *   The state of the form; its triggering element is the button.
   *
   * @throws \Drupal\background_agents\Review\ReviewRefused
   *   When it cannot be done; nothing was changed.
   */
  public function submit(Change $change, Seen $seen, FormStateInterface $form_state): void;

}
