<?php

declare(strict_types=1);

namespace Drupal\background_agents_disclosure\Plugin\Field\FieldType;

use Drupal\Core\Field\Attribute\FieldType;
use Drupal\Core\Field\FieldItemBase;
use Drupal\Core\Field\FieldStorageDefinitionInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\TypedData\DataDefinition;

/**
 * The disclosure of an item.
 */
#[FieldType(id: 'ai_disclosure', label: new TranslatableMarkup('AI disclosure'))]
final class DisclosureItem extends FieldItemBase {

  /**
   * {@inheritdoc}
   */
  public static function propertyDefinitions(FieldStorageDefinitionInterface $field_definition): array {
    return [
      'mode' => DataDefinition::create('string')->setLabel(new TranslatableMarkup('Mode')),
      'grade' => DataDefinition::create('string')->setLabel(new TranslatableMarkup('Grade')),
      'human_review' => DataDefinition::create('boolean')->setLabel(new TranslatableMarkup('Human review')),
    ];
  }

  /**
   * {@inheritdoc}
   */
  public static function schema(FieldStorageDefinitionInterface $field_definition): array {
    return [
      'columns' => [
        'mode' => ['type' => 'varchar', 'length' => 32],
        'grade' => ['type' => 'varchar', 'length' => 64],
        'human_review' => ['type' => 'int', 'size' => 'tiny'],
      ],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function isEmpty(): bool {
    return $this->get('mode')->getValue() === NULL;
  }

}
