<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * What a field of an agent's input or output can hold.
 *
 * Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
enum SchemaFieldType: string {

  case ShortText = 'text';
  case LongText = 'long_text';
  case WholeNumber = 'integer';
  case Number = 'number';
  case YesNo = 'boolean';
  case Choice = 'choice';
  case Texts = 'texts';
  case Date = 'date';
  case DateTime = 'date-time';
  case Email = 'email';
  case Uri = 'uri';
  case Content = 'uuid';

  /**
   * How many characters a text of one line has at most, where nothing is said.
   */
  public const LINE = 255;

  /**
   * The keywords that say it in JSON Schema.
   *
   * A choice has its values beside, a text may have its greatest length.
   *
   * @return array<string, mixed>
   *   As in JSON, objects as \stdClass.
   */
  public function keywords(): array {
    return match ($this) {
      self::ShortText, self::LongText, self::Choice => ['type' => 'string'],
      self::WholeNumber, self::Number, self::YesNo => ['type' => $this->value],
      self::Texts => ['type' => 'array', 'items' => (object) ['type' => 'string']],
      self::Date, self::DateTime, self::Email, self::Uri, self::Content => [
        'type' => 'string',
        'format' => $this->value,
      ],
    };
  }

  /**
   * What the keywords of a property say; NULL when it is no type of these.
   */
  public static function of(\stdClass $property): ?self {
    $keywords = array_intersect_key(get_object_vars($property), ['type' => 1, 'items' => 1, 'format' => 1]);
    if ($keywords === ['type' => 'string']) {
      $length = $property->maxLength ?? NULL;
      return match (TRUE) {
        isset($property->enum) => self::Choice,
        is_int($length) && $length <= self::LINE => self::ShortText,
        default => self::LongText,
      };
    }
    $written = CanonicalJson::encode((object) $keywords);
    foreach (self::cases() as $type) {
      if ($written === CanonicalJson::encode((object) $type->keywords())) {
        return $type;
      }
    }
    return NULL;
  }

}
