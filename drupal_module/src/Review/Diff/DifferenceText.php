<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\Component\Render\PlainTextOutput;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Says a difference in one sentence, in the reader's language.
 *
 * @internal
 */
final class DifferenceText {

  use StringTranslationTrait;

  /**
   * The sentence.
   *
   * @param \Drupal\background_agents\Review\Diff\Difference $difference
   *   What differs.
   * @param string $label
   *   Label of the field.
   * @param list<string>|null $items
   *   The items as people know them; NULL: as they are in the difference;
   *   none: they are not named.
   */
  public function of(Difference $difference, string $label, ?array $items = NULL): TranslatableMarkup {
    $items ??= $difference->items;
    $field = ['@field' => $label];
    return match ($difference->kind) {
      DifferenceKind::FillsIn => $this->t('Fills in @field', $field),
      DifferenceKind::Empties => $this->t('Empties @field', $field),
      DifferenceKind::AddsSummary => $this->t('Adds a summary to @field', $field),
      DifferenceKind::Words => $this->formatPlural($difference->count, '1 word changed in @field', '@count words changed in @field', $field),
      DifferenceKind::Layout => $this->t('Changes how @field is set out', $field),
      DifferenceKind::Adds => $items === []
        ? $this->formatPlural($difference->count, 'Adds 1 item to @field', 'Adds @count items to @field', $field)
        : $this->t('Adds “@item” to @field', ['@item' => $items[0]] + $field),
      DifferenceKind::Removes => $items === []
        ? $this->formatPlural($difference->count, 'Removes 1 item from @field', 'Removes @count items from @field', $field)
        : $this->t('Removes “@item” from @field', ['@item' => $items[0]] + $field),
      DifferenceKind::Replaces => count($items) === 2
        ? $this->t('@field: “@old” becomes “@new”', ['@old' => $items[0], '@new' => $items[1]] + $field)
        : $this->t('Changes @field', $field),
      DifferenceKind::Order => $this->t('Puts @field in another order', $field),
      DifferenceKind::Changes => $this->t('Changes @field', $field),
      DifferenceKind::NewTranslation => $this->t('Adds a translation'),
    };
  }

  /**
   * What differs between two values, in a few words, as plain text.
   *
   * @param bool $isText
   *   Whether they are texts; else they are lists of items.
   * @param list<string> $old
   *   The former value.
   * @param list<string> $new
   *   The later one.
   * @param string $label
   *   Label of the field.
   */
  public function plain(bool $isText, array $old, array $new, string $label): string {
    return PlainTextOutput::renderFromHtml($this->of($isText ? Difference::ofTexts($old, $new) : Difference::ofItems($old, $new), $label));
  }

}
