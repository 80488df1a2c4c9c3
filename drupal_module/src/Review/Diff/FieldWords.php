<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Field\FieldItemInterface;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Says what a field holds in words, an entry for each item.
 *
 * @internal
 */
final class FieldWords {

  use StringTranslationTrait;

  public function __construct(
    private readonly DateFormatterInterface $dates,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Returns plain texts.
   *
   * @return list<string>
   *   Plain texts.
   */
  public function of(?FieldItemListInterface $items): array {
    $words = [];
    foreach ($items ?? [] as $item) {
      if (!$item->isEmpty()) {
        $words[] = $this->item($item);
      }
    }
    return $words;
  }

  /**
   * Says what one item holds.
   */
  public function item(FieldItemInterface $item): string {
    $values = $item->getValue();
    $definition = $item->getFieldDefinition();
    return match ($definition->getType()) {
      'boolean' => (string) ($definition->getSetting($item->value ? 'on_label' : 'off_label') ?: ($item->value ? $this->t('Yes') : $this->t('No'))),
      'list_string', 'list_integer', 'list_float' => (string) (options_allowed_values($definition->getFieldStorageDefinition(), $item->getEntity())[$item->value] ?? $item->value),
      'datetime', 'daterange' => implode(' – ', array_map($this->date(...), self::ends($values))),
      'timestamp', 'created' => $this->dates->format((int) $item->value, 'short'),
      'link' => trim(($values['title'] ?? '') . ' (' . ($values['uri'] ?? '') . ')'),
      default => $this->named($item, $values),
    };
  }

  /**
   * The beginning and, of a range, the end.
   */
  private static function ends(array $values): array {
    return array_filter([$values['value'] ?? NULL, $values['end_value'] ?? NULL]);
  }

  /**
   * A stored date as people write it; a day without a time is left as it is.
   */
  private function date(string $stored): string {
    $time = str_contains($stored, 'T') ? strtotime($stored . 'Z') : FALSE;
    return $time === FALSE ? $stored : $this->dates->format($time, 'short');
  }

  /**
   * A reference by its label, anything else by its values.
   */
  private function named(FieldItemInterface $item, array $values): string {
    $entity = $item->getDataDefinition()->getPropertyDefinition('entity') === NULL ? NULL : $item->get('entity')->getValue();
    if ($entity instanceof EntityInterface) {
      $label = $entity->access('view label', $this->currentUser) ? (string) $entity->label() : (string) $this->t('Something that you may not see');
      $more = array_filter([$values['alt'] ?? '', $values['title'] ?? '', $values['description'] ?? ''], static fn (mixed $text): bool => is_string($text) && $text !== '');
      return $more === [] ? $label : $label . ' – ' . implode(' – ', $more);
    }
    if (array_key_exists('target_id', $values)) {
      return (string) $this->t('Something that is not there any more (@id)', ['@id' => (string) $values['target_id']]);
    }
    $texts = [];
    array_walk_recursive($values, static function (mixed $value) use (&$texts): void {
      if (is_scalar($value) && (string) $value !== '') {
        $texts[] = (string) $value;
      }
    });
    return implode(', ', $texts);
  }

}
