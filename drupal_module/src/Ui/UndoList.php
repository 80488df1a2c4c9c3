<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Review\Diff\FieldDiff;
use Drupal\background_agents\Review\Diff\RevisionDiff;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\background_agents\Review\Undo\Deed;
use Drupal\background_agents\Review\Undo\PlannedField;
use Drupal\background_agents\Review\Undo\PlannedItem;
use Drupal\background_agents\Review\Undo\UndoPlan;
use Drupal\background_agents\Review\Undo\Verdict;
use Drupal\Core\Language\LanguageManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Shows what undoing a run will do, item by item and field by field.
 *
 * @internal
 */
final class UndoList {

  use StringTranslationTrait;

  public function __construct(
    private readonly RevisionDiff $diff,
    private readonly DraftVersions $versions,
    private readonly LanguageManagerInterface $languages,
  ) {}

  /**
   * Builds the list.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(UndoPlan $plan): array {
    $build = ['#type' => 'container', '#attributes' => ['class' => ['ba-undo']]];
    foreach ($plan->items as $key => $item) {
      $build[$key] = $this->item($item);
    }
    return $build;
  }

  private function item(PlannedItem $item): array {
    $change = $item->last();
    $label = (string) ($item->newest === NULL ? $change->getTargetLabel() : $this->versions->live($change)?->label() ?? $change->getTargetLabel());
    if ($change->getTargetLangcode() !== NULL && $this->languages->isMultilingual()) {
      $label = (string) $this->t('@label (@language)', [
        '@label' => $label,
        '@language' => $this->languages->getLanguageName($change->getTargetLangcode()),
      ]);
    }
    return [
      '#type' => 'fieldset',
      '#title' => $label,
      '#attributes' => ['class' => ['ba-review__field']],
      'what' => ['#markup' => '<p><strong>' . $this->what($item) . '</strong></p>'],
      'refused' => [
        '#markup' => '<p>' . $this->t('Its draft that waits is refused.') . '</p>',
        '#access' => $item->pending !== [] && $item->deed !== Deed::Leave,
      ],
      'back' => $this->back($item),
      'stays' => $this->stays($item),
      'link' => $item->newest?->hasLinkTemplate('canonical') ? [
        '#type' => 'link',
        '#title' => $this->t('See the content'),
        '#url' => $item->newest->toUrl(),
        '#access' => $item->newest->access('view'),
        '#prefix' => '<p>',
        '#suffix' => '</p>',
      ] : [],
    ];
  }

  /**
   * What is done with the item, in a sentence.
   */
  private function what(PlannedItem $item): TranslatableMarkup {
    return match (TRUE) {
      $item->deed === Deed::Delete => $this->t('It is deleted: the run made it, and nobody has changed it since. That cannot be undone.'),
      $item->deed === Deed::Unpublish => $this->t('It is unpublished: the run made it, and you may not delete it.'),
      $item->deed === Deed::Restore && $item->isHidden => $this->t('What stood there before goes into a new version, which visitors do not see: this content has no drafts. Make it the current one on its page of revisions.'),
      $item->deed === Deed::Restore => $this->t('What stood there before goes into a draft of yours. Publish it to show it to visitors.'),
      $item->pending !== [] && $item->why === '' => $this->t('Its draft is refused. Nothing of it was published.'),
      $item->pending !== [] => $this->t('Its draft is refused. @why', ['@why' => $item->why]),
      $item->why !== '' => $this->t('Nothing is done. @why', ['@why' => $item->why]),
      $item->with(Verdict::Waiting) !== [] => $this->t('Nothing is done: a draft with what stood there before waits already.'),
      $item->fields !== [] => $this->t('Nothing is done.'),
      default => $this->t('Nothing is done: nothing of the run stands there.'),
    };
  }

  /**
   * The fields that go back, with their words marked.
   */
  private function back(PlannedItem $item): array {
    $names = array_map(static fn (PlannedField $field): string => $field->name, $item->with(Verdict::Back));
    if ($item->deed !== Deed::Restore || $item->revision === NULL) {
      return [];
    }
    $live = $this->versions->live($item->last());
    $build = [];
    foreach ($this->diff->of($live, $item->revision, []) as $diff) {
      assert($diff instanceof FieldDiff);
      if (in_array($diff->name, $names, TRUE) && $diff->isChanged) {
        $build[$diff->name] = [
          '#type' => 'details',
          '#open' => TRUE,
          '#title' => $this->t('@field goes back', ['@field' => $diff->label]),
          'view' => $diff->view,
        ];
      }
    }
    return $build;
  }

  /**
   * The fields that stay, and why.
   */
  private function stays(PlannedItem $item): array {
    $lines = [];
    foreach ($item->with(Verdict::Left, Verdict::Denied, Verdict::Invalid) as $field) {
      $lines[] = ['#markup' => $this->t('@field stays. @why', ['@field' => $field->label, '@why' => $field->why])];
    }
    foreach ($item->deed === Deed::Restore ? $item->with(Verdict::Waiting) : [] as $field) {
      $lines[] = ['#markup' => $this->t('@field: a draft that puts it back waits already.', ['@field' => $field->label])];
    }
    return $lines === [] ? [] : ['#theme' => 'item_list', '#items' => $lines];
  }

}
