<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Review\ClosedFields;
use Drupal\background_agents\Review\Diff\FieldDiff;
use Drupal\background_agents\Review\FourEyes;
use Drupal\background_agents\Ui\DraftFields;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * The fields of the draft, with checkboxes where a person decides.
 *
 * @internal
 */
final class FieldsPart extends ReviewFormPartBase {

  public function __construct(
    private readonly DraftFields $fields,
    private readonly ClosedFields $closed,
    private readonly FourEyes $fourEyes,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(ReviewPage $page, FormStateInterface $form_state): array {
    $mayChoose = $page->isOpen && !$this->fourEyes->keepsFrom($page->change, $this->currentUser);
    $form = $this->fields->build($page->diffs, $mayChoose, $page->former === NULL);
    $changed = array_map(static fn (FieldDiff $diff): string => $diff->name, array_filter($page->changed(), static fn (FieldDiff $diff): bool => $diff->isAgents));
    foreach ($mayChoose ? $this->closed->among($page->shown, $changed, $this->currentUser) : [] as $name) {
      unset($form[$name]['accept'], $form[$name]['some']);
      $form[$name]['closed'] = ['#markup' => '<p class="ba-note">' . $this->t('You may not change this field. Its change stays a draft for somebody who may.') . '</p>'];
    }
    return $form;
  }

}
