<?php

declare(strict_types=1);

namespace Drupal\background_agents\Field;

use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\TypedData\Plugin\DataType\DateTimeIso8601;
use Drupal\Core\TypedData\Plugin\DataType\Timestamp;
use Drupal\Core\TypedData\TypedDataManagerInterface;

/**
 * Turns a property of a request into the form in which Drupal stores it.
 *
 * Times: an offset is converted, a time without one is read in the site's time
 * zone, in which reading shows them too.
 *
 * @internal
 */
final class PropertyValues {

  private const string STORED = 'Y-m-d\TH:i:s';

  private const string TIME = '/^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?(?:\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})?$/';

  public function __construct(
    private readonly TypedDataManagerInterface $typedDataManager,
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * Returns what to set for a value of a request.
   *
   * @param \Drupal\Core\Field\FieldDefinitionInterface $field
   *   The field.
   * @param string $property
   *   The property's name, one that is stored.
   * @param mixed $value
   *   Decoded JSON.
   *
   * @return mixed
   *   What to set.
   *
   * @throws \InvalidArgumentException
   *   With a sentence for the model.
   */
  public function stored(FieldDefinitionInterface $field, string $property, mixed $value): mixed {
    $type = $field->getFieldStorageDefinition()->getPropertyDefinition($property)->getDataType();
    $class = (string) ($this->typedDataManager->getDefinition($type)['class'] ?? '');
    return match (TRUE) {
      $value === NULL || $value === '' => $value,
      is_a($class, DateTimeIso8601::class, TRUE) => $this->date($field, $property, $value),
      is_a($class, Timestamp::class, TRUE) && is_string($value) && !is_numeric($value) => $this->time($value)->getTimestamp(),
      default => $value,
    };
  }

  /**
   * The site's time zone.
   */
  public function timeZone(): \DateTimeZone {
    return new \DateTimeZone((string) ($this->configFactory->get('system.date')->get('timezone.default') ?: 'UTC'));
  }

  private function date(FieldDefinitionInterface $field, string $property, mixed $value): string {
    if (!is_string($value)) {
      throw new \InvalidArgumentException('A date is a text, such as "2026-01-31" or "2026-01-31T12:00:00+01:00".');
    }
    return match ($field->getFieldStorageDefinition()->getSetting('datetime_type')) {
      'date' => self::day($value),
      'allday' => preg_match('/^\d{4}-\d{2}-\d{2}$/D', $value) === 1 ? $this->edgeOfDay($value, $property) : self::inUtc($this->time($value)),
      default => self::inUtc($this->time($value)),
    };
  }

  private static function day(string $value): string {
    $day = \DateTimeImmutable::createFromFormat('!Y-m-d', $value);
    if ($day === FALSE || $day->format('Y-m-d') !== $value) {
      throw new \InvalidArgumentException(sprintf('"%s" is no day. Write it as "2026-01-31", without a time.', $value));
    }
    return $value;
  }

  private function edgeOfDay(string $value, string $property): string {
    return self::inUtc($this->time(self::day($value) . ($property === 'end_value' ? 'T23:59:59' : 'T00:00:00')));
  }

  private function time(string $value): \DateTimeImmutable {
    if (preg_match(self::TIME, $value, $parts) !== 1) {
      throw new \InvalidArgumentException(sprintf('"%s" is no time. Write it as "2026-01-31T12:00:00+01:00"; without the offset it is read in the site\'s time zone, %s.', $value, $this->timeZone()->getName()));
    }
    $wanted = "$parts[1]T$parts[2]" . (($parts[3] ?? '') ?: ':00');
    $zone = ($parts[4] ?? '') === '' ? $this->timeZone() : new \DateTimeZone(str_replace('Z', '+00:00', $parts[4]));
    $time = \DateTimeImmutable::createFromFormat('!' . self::STORED, $wanted, $zone);
    if ($time === FALSE || $time->format(self::STORED) !== $wanted) {
      throw new \InvalidArgumentException(sprintf('There is no time "%s" in the zone %s.', $wanted, $zone->getName()));
    }
    return $time;
  }

  private static function inUtc(\DateTimeImmutable $time): string {
    return $time->setTimezone(new \DateTimeZone('UTC'))->format(self::STORED);
  }

}
