<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Contract\SchemaField;
use Drupal\background_agents\Contract\SchemaFieldType;
use Drupal\background_agents\Ui\WideTable;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The table of the fields that an agent is given, or answers with.
 *
 * @internal
 */
final class SchemaTable {

  use StringTranslationTrait;

  /**
   * More rows than this are not shown, whatever is sent.
   */
  public const int ROWS = 200;

  /**
   * Builds the table.
   *
   * @param string $key
   *   The part: input or output.
   * @param string|\Stringable $caption
   *   What the table holds.
   * @param array<int, array<string, mixed>> $rows
   *   What stands in the rows, as row() makes it.
   */
  public function build(string $key, string|\Stringable $caption, array $rows): array {
    $table = WideTable::of([
      '#type' => 'table',
      '#parents' => ['definition', $key, 'rows'],
      '#caption' => $caption,
      '#header' => [
        $this->t('Name'),
        $this->t('What it means'),
        $this->t('Type'),
        $this->t('Required'),
        $this->t('Order'),
        $this->t('Remove'),
      ],
      '#empty' => $this->t('There are no fields yet.'),
      '#attributes' => ['class' => ['ba-schema-table']],
      '#sticky' => FALSE,
    ], $caption);
    $number = 0;
    foreach ($rows as $row => $values) {
      $number++;
      $table[$row] = $this->cells($key, $row, $number, $values);
    }
    return $table;
  }

  /**
   * The cells of a row.
   */
  private function cells(string $key, int $row, int $number, array $values): array {
    $of = ['@number' => $number];
    $hidden = ['#title_display' => 'invisible'];
    return [
      '#attributes' => ['id' => self::rowId($key, $row)],
      'name' => [
        '#type' => 'textfield',
        '#title' => $this->t('Name of field @number', $of),
        '#default_value' => $values['name'] ?? '',
        '#maxlength' => 64,
        '#size' => 16,
        '#attributes' => ['autocapitalize' => 'none', 'spellcheck' => 'false'],
      ] + $hidden,
      'means' => $this->meaning($key, $row, $number, $values),
      'kind' => $this->kind($key, $row, $number, $values),
      'required' => [
        '#type' => 'checkbox',
        '#title' => $this->t('Field @number is required', $of),
        '#default_value' => !empty($values['required']),
      ] + $hidden,
      'order' => [
        '#type' => 'number',
        '#title' => $this->t('Order of field @number', $of),
        '#default_value' => $values['order'] ?? $number,
        '#step' => 'any',
      ] + $hidden,
      'remove' => SchemaPart::button($key, 'remove', $this->t('Remove'), $row) + [
        '#attributes' => ['aria-label' => $this->t('Remove field @number', $of)],
      ],
    ];
  }

  /**
   * The title and the description.
   */
  private function meaning(string $key, int $row, int $number, array $values): array {
    $parents = ['definition', $key, 'rows', $row];
    return [
      'title' => [
        '#type' => 'textfield',
        '#parents' => [...$parents, 'title'],
        '#title' => $this->t('Title'),
        '#attributes' => ['aria-label' => $this->t('Title of field @number', ['@number' => $number])],
        '#default_value' => $values['title'] ?? '',
        '#maxlength' => SchemaField::TITLE,
        '#size' => 24,
      ],
      'description' => [
        '#type' => 'textarea',
        '#parents' => [...$parents, 'description'],
        '#title' => $this->t('Description'),
        '#attributes' => ['aria-label' => $this->t('Description of field @number', ['@number' => $number])],
        '#default_value' => $values['description'] ?? '',
        '#maxlength' => SchemaField::DESCRIPTION,
        '#rows' => 2,
      ],
    ];
  }

  /**
   * The type, and what a type has beside it.
   */
  private function kind(string $key, int $row, int $number, array $values): array {
    $parents = ['definition', $key, 'rows', $row];
    $texts = [['value' => SchemaFieldType::ShortText->value], ['value' => SchemaFieldType::LongText->value]];
    $select = ':input[name="definition[' . $key . '][rows][' . $row . '][type]"]';
    return [
      'type' => [
        '#type' => 'select',
        '#parents' => [...$parents, 'type'],
        '#title' => $this->t('Type of field @number', ['@number' => $number]),
        '#title_display' => 'invisible',
        '#options' => $this->types(),
        '#default_value' => $values['type'] ?? SchemaFieldType::ShortText->value,
      ],
      'choices' => [
        '#type' => 'textarea',
        '#parents' => [...$parents, 'choices'],
        '#title' => $this->t('Choices, one a line'),
        '#attributes' => ['aria-label' => $this->t('Choices of field @number, one a line', ['@number' => $number])],
        '#default_value' => $values['choices'] ?? '',
        '#rows' => 3,
        '#states' => ['visible' => [$select => ['value' => SchemaFieldType::Choice->value]]],
      ],
      'length' => [
        '#type' => 'number',
        '#parents' => [...$parents, 'length'],
        '#title' => $this->t('Characters at most'),
        '#attributes' => ['aria-label' => $this->t('Characters of field @number at most', ['@number' => $number])],
        '#default_value' => $values['length'] ?? '',
        '#min' => 1,
        '#max' => 10000000,
        '#states' => ['visible' => [$select => $texts]],
      ],
    ];
  }

  /**
   * The types, in words.
   */
  private function types(): array {
    return [
      SchemaFieldType::ShortText->value => $this->t('Text of one line'),
      SchemaFieldType::LongText->value => $this->t('Text of several lines'),
      SchemaFieldType::WholeNumber->value => $this->t('Whole number'),
      SchemaFieldType::Number->value => $this->t('Number'),
      SchemaFieldType::YesNo->value => $this->t('Yes or no'),
      SchemaFieldType::Choice->value => $this->t('One of some choices'),
      SchemaFieldType::Texts->value => $this->t('List of texts'),
      SchemaFieldType::Date->value => $this->t('Date'),
      SchemaFieldType::DateTime->value => $this->t('Date and time'),
      SchemaFieldType::Email->value => $this->t('E-mail address'),
      SchemaFieldType::Uri->value => $this->t('Address (URI)'),
      SchemaFieldType::Content->value => $this->t('Content (its UUID)'),
    ];
  }

  /**
   * What stands in the row of a field.
   *
   * @return array<string, mixed>
   *   As the form sends it.
   */
  public static function row(SchemaField $field, int $number): array {
    return [
      'name' => $field->name,
      'title' => $field->title,
      'description' => $field->description,
      'type' => $field->type->value,
      'choices' => implode("\n", $field->choices),
      'length' => $field->maxLength === NULL ? '' : (string) $field->maxLength,
      'required' => $field->required ? '1' : NULL,
      'order' => (string) $number,
    ];
  }

  /**
   * The fields that the rows describe, in their order; empty rows are left out.
   *
   * @param array<int|string, mixed> $rows
   *   As the form sends them.
   *
   * @return array<int|string, \Drupal\background_agents\Contract\SchemaField>
   *   The fields, keyed as the rows.
   */
  public static function fields(array $rows): array {
    $fields = $orders = [];
    foreach ($rows as $key => $row) {
      $text = static fn (string $cell): string => is_scalar($row[$cell] ?? NULL) ? (string) $row[$cell] : '';
      if (trim($text('name') . $text('title') . $text('description') . $text('choices')) === '') {
        continue;
      }
      $fields[$key] = SchemaField::typed(
        $text('name'),
        SchemaFieldType::tryFrom($text('type')) ?? SchemaFieldType::ShortText,
        !empty($row['required']),
        $text('title'),
        $text('description'),
        $text('choices'),
        is_numeric($text('length')) ? (int) $text('length') : NULL,
      );
      $orders[$key] = is_numeric($text('order')) ? (float) $text('order') : INF;
    }
    // Equal numbers stay as they are given.
    asort($orders);
    return array_replace($orders, $fields);
  }

  /**
   * What is wrong with the rows.
   *
   * @param array<int|string, \Drupal\background_agents\Contract\SchemaField> $fields
   *   The fields, keyed as the rows.
   *
   * @return array<int|string, array<string, string>>
   *   Sentences, keyed by row and cell.
   */
  public static function problems(array $fields): array {
    $problems = $names = [];
    foreach ($fields as $key => $field) {
      $problems[$key] = $field->problems();
      if (isset($names[$field->name])) {
        $problems[$key] += ['name' => sprintf('Another field has the name "%s" already.', $field->name)];
      }
      $names[$field->name] = TRUE;
    }
    return array_filter($problems);
  }

  /**
   * Says at each cell what is wrong with it.
   *
   * @param array<int|string, mixed> $table
   *   The table in the form.
   * @param array<int|string, array<string, string>> $problems
   *   As problems() found them.
   * @param \Drupal\Core\Form\FormStateInterface $form_state
   *   Gets the errors.
   */
  public function tell(array $table, array $problems, FormStateInterface $form_state): void {
    foreach ($problems as $row => $cells) {
      foreach ($cells as $cell => $problem) {
        $element = $table[$row][$cell] ?? $table[$row]['means'][$cell] ?? $table[$row]['kind'][$cell];
        $form_state->setError($element, $this->t('@problem', ['@problem' => $problem]));
      }
    }
  }

  /**
   * The ID of a row, to lead the focus there.
   */
  public static function rowId(string $key, int $row): string {
    return "ba-schema-$key-row-$row";
  }

}
