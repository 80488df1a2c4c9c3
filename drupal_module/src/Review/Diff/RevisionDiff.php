<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\background_agents\Review\ChosenValues;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * Compares two revisions of a translation, field by field.
 *
 * @internal
 */
final class RevisionDiff {

  public function __construct(
    private readonly ComparedFields $fields,
    private readonly FieldWords $words,
    private readonly TextView $texts,
    private readonly ItemsView $items,
    private readonly ChosenValues $values,
    private readonly DifferenceText $sentences,
  ) {}

  /**
   * The fields that the person may see, those that differ first.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface|null $old
   *   The former revision; NULL: there is none.
   * @param \Drupal\Core\Entity\ContentEntityInterface $new
   *   The later revision.
   * @param string[] $own
   *   Names of the fields that the agent set.
   *
   * @return list<\Drupal\background_agents\Review\Diff\FieldDiff>
   */
  public function of(?ContentEntityInterface $old, ContentEntityInterface $new, array $own): array {
    return array_map(fn (ComparedField $field): FieldDiff => $this->field($field, in_array($field->name, $own, TRUE)), $this->fields->of($old, $new));
  }

  private function field(ComparedField $field, bool $isAgents): FieldDiff {
    $oldItems = array_values($field->old?->getValue() ?? []);
    $newItems = array_values($field->new->getValue());
    return new FieldDiff(
      $field->name,
      $field->label,
      $field->isChanged,
      $isAgents,
      $field->isText() ? $this->texts->of($field->type, $field->old === NULL ? NULL : $oldItems, $newItems, $field->isChanged) : $this->items->of($field->old, $field->new),
      $field->isChanged ? $this->values->texts($field->type, $oldItems, $newItems) : [],
      $field->isChanged ? $this->sentences->plain($field->isText(), $this->words->of($field->old), $this->words->of($field->new), $field->label) : '',
    );
  }

}
