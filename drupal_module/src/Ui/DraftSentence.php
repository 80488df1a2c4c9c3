<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Diff\Difference;
use Drupal\background_agents\Review\Diff\DifferenceText;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\EntityFieldManagerInterface;
use Drupal\Core\Entity\EntityTypeBundleInfoInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Extension\ModuleHandlerInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Says in one plain sentence what a draft changes.
 *
 * Made of what the change keeps; of many drafts, what they refer to is loaded
 * at once. A draft of a list costs no query of its own.
 *
 * @internal
 */
final class DraftSentence {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityFieldManagerInterface $fields,
    private readonly EntityTypeBundleInfoInterface $bundles,
    private readonly ModuleHandlerInterface $moduleHandler,
    private readonly DateFormatterInterface $dates,
    private readonly DifferenceText $texts,
  ) {}

  /**
   * Loads what the sentences of several drafts name.
   *
   * @param \Drupal\background_agents\Entity\Change[] $changes
   *   The drafts.
   */
  public function prepare(array $changes): void {
    $ids = [];
    foreach ($changes as $change) {
      $difference = $this->only($change);
      $definition = $difference === NULL ? NULL : $this->definition($change, $difference->field);
      $type = $definition === NULL ? NULL : $this->namedType($definition);
      foreach ($type === NULL ? [] : $difference->items as $id) {
        $ids[$type][$id] = $id;
      }
    }
    foreach ($ids as $type => $wanted) {
      $this->entityTypeManager->getStorage($type)->loadMultiple($wanted);
    }
  }

  /**
   * The sentence; NULL where nothing is known of an old draft.
   */
  public function of(Change $change): ?TranslatableMarkup {
    $bundle = $this->bundles->getBundleInfo($change->getTargetEntityTypeId())[$change->getTargetBundle()]['label'] ?? $change->getTargetBundle();
    if ($change->getOperation() === 'create') {
      return $this->t('New content: @type', ['@type' => $bundle]);
    }
    $differences = $change->getDifferences();
    if (count($differences) > 1) {
      $labels = array_map(fn (Difference $difference): string => $this->label($change, $difference->field), $differences);
      return $this->formatPlural(count($labels), '1 field changed: @fields', '@count fields changed: @fields', ['@fields' => implode(', ', $labels)]);
    }
    $difference = $differences[0] ?? NULL;
    return $difference === NULL ? NULL : $this->texts->of($difference, $this->label($change, $difference->field), $this->items($change, $difference));
  }

  /**
   * The one difference that a sentence can name items of; NULL: none.
   */
  private function only(Change $change): ?Difference {
    $differences = $change->getDifferences();
    return count($differences) === 1 && $differences[0]->items !== [] ? $differences[0] : NULL;
  }

  private function definition(Change $change, string $name): ?FieldDefinitionInterface {
    return $this->fields->getFieldDefinitions($change->getTargetEntityTypeId(), $change->getTargetBundle())[$name] ?? NULL;
  }

  private function label(Change $change, string $name): string {
    return (string) ($this->definition($change, $name)?->getLabel() ?? $name);
  }

  /**
   * The entity type of what a field refers to, if it is named in sentences.
   *
   * Where node grants decide who may see a node, asking costs a query each.
   */
  private function namedType(FieldDefinitionInterface $definition): ?string {
    $type = $definition->getFieldStorageDefinition()->getSetting('target_type');
    $isNamed = is_string($type) && $this->entityTypeManager->hasDefinition($type) && !($type === 'node' && $this->moduleHandler->hasImplementations('node_grants'));
    return $isNamed ? $type : NULL;
  }

  /**
   * The items as people know them; none: they are not named.
   *
   * @return list<string>
   *   A text for each, or none.
   */
  private function items(Change $change, Difference $difference): array {
    $definition = $this->definition($change, $difference->field);
    if ($definition === NULL || $difference->items === []) {
      return [];
    }
    $texts = array_map(fn (string $item): ?string => $this->item($definition, $item), $difference->items);
    return in_array(NULL, $texts, TRUE) ? [] : array_values(array_filter($texts, is_string(...)));
  }

  private function item(FieldDefinitionInterface $definition, string $item): ?string {
    if (is_string($definition->getFieldStorageDefinition()->getSetting('target_type'))) {
      $type = $this->namedType($definition);
      $entity = $type === NULL ? NULL : $this->entityTypeManager->getStorage($type)->load($item);
      return $entity?->access('view label') ? (string) $entity->label() : NULL;
    }
    return match ($definition->getType()) {
      'boolean' => (string) ($definition->getSetting($item === '1' ? 'on_label' : 'off_label') ?: ($item === '1' ? $this->t('Yes') : $this->t('No'))),
      'list_string', 'list_integer', 'list_float' => (string) (options_allowed_values($definition->getFieldStorageDefinition())[$item] ?? $item),
      'timestamp', 'created' => $this->dates->format((int) $item, 'short'),
      default => $item,
    };
  }

}
