<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\background_agents\Review\ChosenValues;
use Drupal\background_agents\Review\Fingerprint;
use Drupal\Component\Render\PlainTextOutput;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\Session\AccountInterface;

/**
 * Compares two revisions of a translation, field by field.
 *
 * @internal
 */
final class RevisionDiff {

  public function __construct(
    private readonly Fingerprint $fingerprint,
    private readonly FieldWords $words,
    private readonly TextView $texts,
    private readonly ItemsView $items,
    private readonly ChosenValues $values,
    private readonly FieldOrder $order,
    private readonly DifferenceText $sentences,
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
   * The difference in a few words, plain text.
   */
  private function sentence(string $label, array $old, array $new, bool $isText): string {
    return PlainTextOutput::renderFromHtml($this->sentences->of($isText ? Difference::ofTexts($old, $new) : Difference::ofItems($old, $new), $label));
  }

}
