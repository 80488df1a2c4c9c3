<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity;

use Drupal\Core\Field\BaseFieldDefinition;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * The fields of a change.
 *
 * @internal
 */
final class ChangeFields {

  /**
   * Returns the base fields of changes, by name.
   *
   * @return \Drupal\Core\Field\BaseFieldDefinition[]
   *   Keyed by name.
   */
  public static function all(): array {
    return [
      'run' => self::reference('background_agents_run', new TranslatableMarkup('Run'))->setRequired(TRUE),
      'agent' => self::reference('background_agents_agent', new TranslatableMarkup('Agent'))->setRequired(TRUE),
      'agent_version' => RunFields::agentVersion(),
      'target_type' => self::text(new TranslatableMarkup('Entity type'), 64),
      'target_bundle' => self::text(new TranslatableMarkup('Bundle'), 64),
      'target_uuid' => self::uuid(),
      'target_id' => self::text(new TranslatableMarkup('Id'), 64),
      'target_langcode' => self::text(new TranslatableMarkup('Language'), 32),
      'target_label' => self::text(new TranslatableMarkup('Content'), 255),
      'target_revision' => self::integer(new TranslatableMarkup('Revision')),
      'base_revision' => self::integer(new TranslatableMarkup('Revision it was made from')),
      'operation' => self::text(new TranslatableMarkup('Operation'), 16),
      'moderation_state' => self::text(new TranslatableMarkup('Moderation state'), 64),
      'summary' => BaseFieldDefinition::create('string_long')->setLabel(new TranslatableMarkup('Summary')),
      'prints' => self::prints(),
      ...self::review(),
      'differences' => self::differences(),
      'effect_key' => self::text(new TranslatableMarkup('Idempotency key'), 64),
      'generation' => self::integer(new TranslatableMarkup('Generation'))->setDefaultValue(1),
      ...self::rounds(),
      'status' => BaseFieldDefinition::create('list_string')
        ->setLabel(new TranslatableMarkup('Status'))
        ->setSetting('allowed_values_function', Change::class . '::statusLabels')
        ->setRequired(TRUE)
        ->setDefaultValue(Change::PENDING),
      'decided_by' => self::reference('user', new TranslatableMarkup('Decided by')),
      'decided' => BaseFieldDefinition::create('timestamp')->setLabel(new TranslatableMarkup('Decided')),
      'created' => BaseFieldDefinition::create('created')->setLabel(new TranslatableMarkup('Created')),
    ];
  }

  /**
   * What reviews and the measurement of outcomes need.
   *
   * @return array<string, \Drupal\Core\Field\BaseFieldDefinition>
   *   Fields by name.
   */
  public static function review(): array {
    return [
      'own_values' => BaseFieldDefinition::create('string_long')->setLabel(new TranslatableMarkup('Values before and after')),
      'outcome' => self::text(new TranslatableMarkup('Outcome'), 32),
      'outcome_share' => BaseFieldDefinition::create('float')->setLabel(new TranslatableMarkup('Share that was published')),
      'fate' => self::fate(),
      'reason' => BaseFieldDefinition::create('string_long')->setLabel(new TranslatableMarkup('Reason')),
    ];
  }

  /**
   * Which round of the review a draft is of, and what it answers.
   *
   * @return array<string, \Drupal\Core\Field\BaseFieldDefinition>
   *   Fields by name.
   */
  public static function rounds(): array {
    return [
      'round' => self::integer(new TranslatableMarkup('Round'))->setDefaultValue(0)->setInitialValue(0),
      'answers' => self::reference('background_agents_change', new TranslatableMarkup('Answers the draft')),
    ];
  }

  /**
   * What became of the draft, as reports count it; follows from the others.
   */
  public static function fate(): BaseFieldDefinition {
    return self::text(new TranslatableMarkup('What became of it'), 16);
  }

  /**
   * Prints of the revision's fields, as JSON.
   */
  public static function prints(): BaseFieldDefinition {
    return BaseFieldDefinition::create('string_long')->setLabel(new TranslatableMarkup('Prints of the fields'));
  }

  /**
   * As the UUIDs of content are stored, else no index finds them in a join.
   */
  public static function uuid(): BaseFieldDefinition {
    return self::text(new TranslatableMarkup('UUID'), 36)->setSetting('is_ascii', TRUE);
  }

  /**
   * What the draft does to each field, as JSON.
   */
  public static function differences(): BaseFieldDefinition {
    return BaseFieldDefinition::create('string_long')->setLabel(new TranslatableMarkup('Differences by field'));
  }

  private static function reference(string $type, TranslatableMarkup $label): BaseFieldDefinition {
    return BaseFieldDefinition::create('entity_reference')->setLabel($label)->setSetting('target_type', $type);
  }

  private static function text(TranslatableMarkup $label, int $length): BaseFieldDefinition {
    return BaseFieldDefinition::create('string')->setLabel($label)->setSetting('max_length', $length);
  }

  private static function integer(TranslatableMarkup $label): BaseFieldDefinition {
    return BaseFieldDefinition::create('integer')->setLabel($label)->setSetting('unsigned', TRUE);
  }

}
