<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Contract\JsonText;
use Drupal\background_agents\Contract\SchemaField;
use Drupal\background_agents\Contract\SchemaFieldType;
use Drupal\Component\Uuid\Uuid;
use Drupal\Core\Datetime\DrupalDateTime;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * A form for the input of a run, made from the agent's input schema.
 *
 * Each kind that the table of fields has gets a field of its own; everything
 * else is typed as JSON. An agent without a schema takes one JSON object.
 *
 * @internal
 */
final class InputForm {

  use StringTranslationTrait;

  /**
   * The elements.
   *
   * @param \stdClass|null $schema
   *   The input schema.
   * @param \stdClass|null $values
   *   An input that is shown; NULL: what the schema begins with.
   *
   * @return array<string, mixed>
   *   Form elements keyed by property; "_json" when there is no schema.
   */
  public function elements(?\stdClass $schema, ?\stdClass $values = NULL): array {
    $properties = (array) ($schema->properties ?? []);
    if ($properties === []) {
      return ['_json' => $this->json($this->t('Input'), $this->t('A JSON object. Empty: no input.'), '{}', (array) $values === [] ? NULL : $values)];
    }
    $elements = [];
    $required = (array) ($schema->required ?? []);
    foreach ($properties as $name => $property) {
      $property = $property instanceof \stdClass ? $property : new \stdClass();
      if ($values !== NULL) {
        $property = (object) (['default' => $values->{$name} ?? NULL] + (array) $property);
      }
      $elements[$name] = $this->element((string) $name, $property) + [
        '#title' => (string) ($property->title ?? $name),
        '#description' => $this->description($property),
        '#required' => in_array($name, $required, TRUE) && !$this->isType($property, 'boolean'),
      ];
    }
    return $elements;
  }

  /**
   * What the schema says about a property, and that JSON is expected.
   */
  private function description(\stdClass $property): array {
    $text = (string) ($property->description ?? '');
    $simple = isset($property->enum) || array_filter(['boolean', 'integer', 'number', 'string'], fn (string $type): bool => $this->isType($property, $type)) !== [];
    $how = match ($this->kind($property)) {
      SchemaFieldType::Texts => $this->t('One a line.'),
      SchemaFieldType::Uri => $this->t('With its scheme, such as https://example.com/page.'),
      SchemaFieldType::Content => $this->t('The UUID of the content.'),
      default => $simple ? '' : $this->t('As JSON.'),
    };
    return ['#plain_text' => trim($text . ' ' . $how)];
  }

  /**
   * The element of one property, without title and description.
   */
  private function element(string $name, \stdClass $property): array {
    $default = $property->default ?? NULL;
    if (isset($property->enum) && is_array($property->enum) && array_filter($property->enum, is_scalar(...)) === $property->enum) {
      $options = [];
      foreach ($property->enum as $value) {
        $options[self::key($value)] = self::key($value);
      }
      return [
        '#type' => 'select',
        '#options' => $options,
        '#empty_option' => $this->t('- Select -'),
        '#default_value' => is_scalar($default) ? self::key($default) : NULL,
      ];
    }
    return $this->formatted($property, $default) ?? match (TRUE) {
      $this->isType($property, 'boolean') => ['#type' => 'checkbox', '#default_value' => (bool) $default],
      $this->isType($property, 'integer') => $this->number($property, $default, 1),
      $this->isType($property, 'number') => $this->number($property, $default, 'any'),
      $this->isType($property, 'string') => $this->text($property, $default),
      default => array_diff_key($this->json($name, '', NULL, $default), ['#title' => TRUE, '#description' => TRUE]),
    };
  }

  /**
   * The element of a date, a list of texts, an address; NULL: another kind.
   */
  private function formatted(\stdClass $property, mixed $default): ?array {
    $text = is_string($default) ? $default : '';
    return match ($this->kind($property)) {
      SchemaFieldType::Date => ['#type' => 'date', '#default_value' => $text],
      SchemaFieldType::DateTime => [
        '#type' => 'datetime',
        // A legend: the element's own heading may skip levels of the page.
        '#theme_wrappers' => ['fieldset'],
        '#default_value' => strtotime($text) === FALSE ? NULL : DrupalDateTime::createFromTimestamp(strtotime($text)),
      ],
      SchemaFieldType::Email => ['#type' => 'email', '#default_value' => $text],
      SchemaFieldType::Texts => [
        '#type' => 'textarea',
        '#rows' => 3,
        '#default_value' => implode("\n", array_filter((array) $default, is_string(...))),
      ],
      default => NULL,
    };
  }

  /**
   * Which kind of the table of fields a property is; NULL: none of these.
   */
  private function kind(\stdClass $property): ?SchemaFieldType {
    $types = array_values(array_diff((array) ($property->type ?? []), ['null']));
    return count($types) === 1 ? SchemaFieldType::of((object) (['type' => $types[0]] + (array) $property)) : NULL;
  }

  private function number(\stdClass $property, mixed $default, int|string $step): array {
    return array_filter([
      '#type' => 'number',
      '#step' => $step,
      '#min' => $property->minimum ?? NULL,
      '#max' => $property->maximum ?? NULL,
      '#default_value' => is_numeric($default) ? $default : NULL,
    ], static fn (mixed $value): bool => $value !== NULL);
  }

  /**
   * One line for short texts, several for long ones.
   */
  private function text(\stdClass $property, mixed $default): array {
    $max = is_int($property->maxLength ?? NULL) ? $property->maxLength : NULL;
    $long = ($max === NULL && !isset($property->format)) || $max > 255;
    return [
      '#type' => $long ? 'textarea' : 'textfield',
      '#default_value' => is_string($default) ? $default : '',
      '#maxlength' => $max ?? ($long ? 100000 : 1000),
    ] + ($long ? ['#rows' => 3] : []);
  }

  private function json(mixed $title, mixed $description, ?string $placeholder, mixed $default = NULL): array {
    return [
      '#type' => 'textarea',
      '#title' => $title,
      '#description' => $description ?: $this->t('As JSON.'),
      '#rows' => 5,
      '#default_value' => $default === NULL ? '' : json_encode($default, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE),
      '#placeholder' => $placeholder ?? '',
      '#attributes' => ['spellcheck' => 'false'],
      '#wrapper_attributes' => ['class' => ['ba-json']],
    ];
  }

  /**
   * Reads the input from what was submitted.
   *
   * @param \stdClass|null $schema
   *   The input schema.
   * @param array<string, mixed> $submitted
   *   Values of the elements.
   * @param array<string, mixed> $elements
   *   The elements, to tell errors to.
   * @param \Drupal\Core\Form\FormStateInterface $form_state
   *   Gets the errors.
   *
   * @return \stdClass
   *   The input. Fields that were left empty are left out.
   */
  public function read(?\stdClass $schema, array $submitted, array $elements, FormStateInterface $form_state): \stdClass {
    $properties = (array) ($schema->properties ?? []);
    if ($properties === []) {
      return $this->readJson((string) ($submitted['_json'] ?? ''), $elements['_json'], $form_state) ?? new \stdClass();
    }
    $input = new \stdClass();
    foreach ($properties as $name => $property) {
      $property = $property instanceof \stdClass ? $property : new \stdClass();
      $value = $this->value($property, $submitted[$name] ?? NULL, $elements[$name], $form_state);
      if ($value !== NULL) {
        $input->{$name} = $value;
      }
    }
    return $input;
  }

  /**
   * The value of one property; NULL when it was left empty.
   */
  private function value(\stdClass $property, mixed $submitted, array $element, FormStateInterface $form_state): mixed {
    if ($this->isType($property, 'boolean')) {
      return (bool) $submitted;
    }
    if ($submitted instanceof DrupalDateTime) {
      return $submitted->format(\DATE_RFC3339);
    }
    if (is_array($submitted)) {
      // A date or a time is missing: the element itself says so.
      return NULL;
    }
    $text = str_replace("\r\n", "\n", trim((string) $submitted));
    if ($text === '') {
      return NULL;
    }
    if (isset($property->enum) && $element['#type'] === 'select') {
      $chosen = array_filter($property->enum, static fn (mixed $value): bool => self::key($value) === $text);
      return reset($chosen);
    }
    $this->checkFormat($property, $text, $element, $form_state);
    return match (TRUE) {
      $this->kind($property) === SchemaFieldType::Texts => SchemaField::lines($text),
      $this->isType($property, 'integer') => (int) $text,
      $this->isType($property, 'number') => (float) $text,
      $this->isType($property, 'string') => $text,
      default => $this->readAny($text, $element, $form_state),
    };
  }

  /**
   * Says that a text is no address or no UUID, where one is asked for.
   */
  private function checkFormat(\stdClass $property, string $text, array $element, FormStateInterface $form_state): void {
    $problem = match ($this->kind($property)) {
      SchemaFieldType::Uri => preg_match('/^[a-z][a-z0-9+.-]*:\S+$/Di', $text) === 1 ? NULL : $this->t('@title: this is no address. It begins with its scheme, such as https:.', ['@title' => $element['#title']]),
      SchemaFieldType::Content => Uuid::isValid($text) ? NULL : $this->t('@title: this is no UUID. It looks like 0b7a3a52-4a0d-4c3e-9a55-0c1f6e8d2b11.', ['@title' => $element['#title']]),
      default => NULL,
    };
    if ($problem !== NULL) {
      $form_state->setError($element, $problem);
    }
  }

  private function readJson(string $text, array $element, FormStateInterface $form_state): ?\stdClass {
    try {
      return JsonText::readObject($text);
    }
    catch (\InvalidArgumentException $exception) {
      $form_state->setError($element, $this->t('@title: @problem', [
        '@title' => $element['#title'],
        '@problem' => $exception->getMessage(),
      ]));
      return NULL;
    }
  }

  private function readAny(string $text, array $element, FormStateInterface $form_state): mixed {
    try {
      return JsonText::decode($text);
    }
    catch (\JsonException $exception) {
      $form_state->setError($element, $this->t('@title is not valid JSON: @problem. Texts need double quotes.', [
        '@title' => $element['#title'],
        '@problem' => $exception->getMessage(),
      ]));
      return NULL;
    }
  }

  private function isType(\stdClass $property, string $type): bool {
    $types = array_values(array_diff((array) ($property->type ?? []), ['null']));
    return $types === [$type];
  }

  private static function key(mixed $value): string {
    return is_bool($value) ? ($value ? 'true' : 'false') : (string) $value;
  }

}
