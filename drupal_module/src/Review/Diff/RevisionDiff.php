<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\background_agents\Review\ChosenValues;
use Drupal\background_agents\Review\Fingerprint;
use Drupal\background_agents\Review\SequenceDiff;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\PluralTranslatableMarkup;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Compares two revisions of a translation, field by field.
 *
 * @internal
 */
final class RevisionDiff {

  use StringTranslationTrait;

  public function __construct(
    private readonly Fingerprint $fingerprint,
    private readonly FieldWords $words,
    private readonly TextView $texts,
    private readonly ItemsView $items,
    private readonly ChosenValues $values,
    private readonly FieldOrder $order,
    private readonly AccountInterface $currentUser,
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
    $oldPrints = $old === NULL ? [] : $this->fingerprint->of($old);
    $newPrints = $this->fingerprint->of($new);
    $changed = $same = [];
    foreach ($this->order->sorted($new, array_keys($newPrints + $oldPrints)) as $name) {
      if (!$new->hasField($name) || !$new->get($name)->access('view', $this->currentUser)) {
        continue;
      }
      $isChanged = ($oldPrints[$name] ?? NULL) !== ($newPrints[$name] ?? NULL);
      $diff = $this->field($old?->hasField($name) ? $old->get($name) : NULL, $new->get($name), $isChanged, in_array($name, $own, TRUE));
      $isChanged ? $changed[] = $diff : $same[] = $diff;
    }
    return [...$changed, ...$same];
  }

  private function field(?FieldItemListInterface $old, FieldItemListInterface $new, bool $isChanged, bool $isAgents): FieldDiff {
    $definition = $new->getFieldDefinition();
    $type = $definition->getType();
    $oldItems = array_values($old?->getValue() ?? []);
    $newItems = array_values($new->getValue());
    $texts = $isChanged ? $this->values->texts($type, $oldItems, $newItems) : [];
    $isText = TextView::isText($type);
    return new FieldDiff(
      (string) $definition->getName(),
      (string) $definition->getLabel(),
      $isChanged,
      $isAgents,
      $isText ? $this->texts->of($type, $old === NULL ? NULL : $oldItems, $newItems, $isChanged) : $this->items->of($old, $new),
      $texts,
      $isChanged ? $this->sentence((string) $definition->getLabel(), $this->words->of($old), $this->words->of($new), $isText) : '',
    );
  }

  /**
   * The difference in a few words.
   */
  private function sentence(string $label, array $old, array $new, bool $isText): string {
    $added = array_values(array_diff($new, $old));
    $removed = array_values(array_diff($old, $new));
    if ($old === [] || $new === []) {
      return (string) ($old === [] ? $this->t('Fills in @field', ['@field' => $label]) : $this->t('Empties @field', ['@field' => $label]));
    }
    if ($isText) {
      return (string) $this->wordsChanged($label, implode("\n", $old), implode("\n", $new));
    }
    return (string) match (TRUE) {
      count($added) === 1 && $removed === [] => $this->t('Adds “@item” to @field', [
        '@item' => $added[0],
        '@field' => $label,
      ]),
      $added === [] && count($removed) === 1 => $this->t('Removes “@item” from @field', [
        '@item' => $removed[0],
        '@field' => $label,
      ]),
      count($added) === 1 && count($removed) === 1 => $this->t('@field: “@old” becomes “@new”', [
        '@field' => $label,
        '@old' => $removed[0],
        '@new' => $added[0],
      ]),
      $added === [] && $removed === [] => $this->t('Puts @field in another order', ['@field' => $label]),
      default => $this->t('Changes @field', ['@field' => $label]),
    };
  }

  private function wordsChanged(string $label, string $old, string $new): \Stringable {
    [$former, $later] = [self::words($old), self::words($new)];
    $common = count(SequenceDiff::pairs($former, $later));
    $changed = max(count($former), count($later)) - $common;
    return $changed === 0
      ? $this->t('Changes how @field is set out', ['@field' => $label])
      : new PluralTranslatableMarkup($changed, '1 word changed in @field', '@count words changed in @field', ['@field' => $label]);
  }

  private static function words(string $text): array {
    return preg_split('/[^\p{L}\p{N}]+/u', html_entity_decode((string) preg_replace('/<[^>]*>/', ' ', $text)), -1, PREG_SPLIT_NO_EMPTY) ?: [];
  }

}
