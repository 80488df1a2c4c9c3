<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Contract\JsonText;
use Drupal\background_agents\Contract\SchemaCheck;
use Drupal\background_agents\Contract\SchemaFields;
use Drupal\Component\Render\PlainTextOutput;
use Drupal\Core\Ajax\AjaxResponse;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * What goes into an agent, or comes out of it: a table of fields, or JSON.
 *
 * What is shown may be another than what is chosen: without a script, the
 * choice and the table are sent together. Then the shown one counts, as far as
 * the chosen one can say it.
 *
 * @internal
 */
final class SchemaPart {

  use StringTranslationTrait;

  public function __construct(private readonly SchemaTable $table) {}

  /**
   * Builds the part.
   *
   * @param string $key
   *   The part: input or output.
   * @param array<string, mixed> $texts
   *   Title, description, none, caption, json: what people read.
   * @param string|null $text
   *   The schema as it is kept.
   * @param \Drupal\Core\Form\FormStateInterface $form_state
   *   Has what was sent, and remembers how the schema was.
   */
  public function build(string $key, array $texts, ?string $text, FormStateInterface $form_state): array {
    $storage = ['background_agents_schema', $key];
    if (!$form_state->has($storage)) {
      $form_state->set($storage, $text);
    }
    $state = SchemaState::of($key, $text, $form_state->getUserInput());
    return [
      '#type' => 'fieldset',
      '#title' => $texts['title'],
      '#description' => $texts['description'],
      '#attributes' => ['class' => ['ba-schema']],
      'mode' => [
        '#type' => 'radios',
        '#title' => $this->t('How it is described'),
        '#options' => [
          SchemaState::NONE => $texts['none'],
          SchemaState::TABLE => $this->t('Fields in a table'),
          SchemaState::JSON => $this->t('JSON Schema (for experts)'),
        ],
        '#default_value' => $state->shown,
      ],
      'switch' => self::button($key, 'switch', $this->t('Show what is chosen')) + [
        '#attributes' => ['class' => ['js-hide', 'ba-schema-switch']],
        '#attached' => ['library' => ['background_agents/agent_form']],
      ],
      'panel' => $this->panel($key, $texts, $state, (string) $form_state->get(['background_agents_schema_note', $key])),
    ];
  }

  /**
   * What is shown of the schema.
   */
  private function panel(string $key, array $texts, SchemaState $state, string $note): array {
    $panel = [
      '#type' => 'container',
      '#attributes' => ['id' => "ba-schema-$key"],
      'shown' => ['#type' => 'hidden', '#parents' => ['definition', $key, 'shown'], '#default_value' => $state->shown],
      'note' => [
        '#theme' => 'status_messages',
        '#message_list' => ['warning' => [$note]],
        '#status_headings' => ['warning' => $this->t('Warning')],
        '#access' => $note !== '',
      ],
    ];
    $schema = ['#parents' => ['definition', $key . '_schema'], '#default_value' => $state->text];
    if ($state->shown === SchemaState::TABLE) {
      return $panel + [
        'rows' => $this->table->build($key, $texts['caption'], $state->rows),
        'add' => self::button($key, 'add', $this->t('Add a field')),
      ];
    }
    if ($state->shown === SchemaState::NONE) {
      return $panel + ['schema' => ['#type' => 'hidden'] + $schema];
    }
    return $panel + [
      'obstacle' => [
        '#type' => 'item',
        '#markup' => $this->t('The table of fields cannot show this schema: it cannot say @part. It stays as it is.', ['@part' => (string) $state->obstacle()]),
        '#access' => $note === '' && $state->obstacle() !== NULL,
      ],
      'schema' => $schema + [
        '#type' => 'textarea',
        '#title' => $texts['json'],
        '#placeholder' => "{\n  \"type\": \"object\",\n  \"properties\": {\n    \"summary\": {\"type\": \"string\"}\n  },\n  \"required\": [\"summary\"]\n}",
        '#rows' => 9,
        '#attributes' => ['spellcheck' => 'false'],
        '#wrapper_attributes' => ['class' => ['ba-json']],
      ],
    ];
  }

  /**
   * A button that shows the form again, without saving.
   */
  public static function button(string $key, string $action, mixed $label, ?int $row = NULL): array {
    return [
      '#type' => 'submit',
      '#name' => "background_agents_{$key}_$action" . ($row === NULL ? '' : "_$row"),
      '#value' => $label,
      '#ba_schema' => [$key, $action, $row],
      '#limit_validation_errors' => [],
      '#submit' => [[self::class, 'change']],
      '#ajax' => [
        'callback' => [self::class, 'answer'],
        'disable-refocus' => TRUE,
      ],
    ];
  }

  /**
   * Submit handler: adds or removes a row, or shows what was chosen.
   */
  public static function change(array &$form, FormStateInterface $form_state): void {
    [$key, $action, $row] = $form_state->getTriggeringElement()['#ba_schema'];
    $input = $form_state->getUserInput();
    $state = SchemaState::of($key, NULL, $input);
    $state = match ($action) {
      'add' => $state->added(),
      'remove' => $state->removed((int) $row),
      default => $state->switched((string) ($input['definition'][$key]['mode'] ?? '')),
    };
    $form_state->setUserInput($state->write($input));
    $form_state->set('background_agents_schema_note', [$key => $state->note]);
    $form_state->setRebuild();
  }

  /**
   * Ajax callback: the part as it is now, and the focus where one goes on.
   */
  public static function answer(array &$form, FormStateInterface $form_state): AjaxResponse {
    [$key, $action, $row] = $form_state->getTriggeringElement()['#ba_schema'];
    $part = $form['definition'][$key];
    $notes = $form_state->get('background_agents_schema_note');
    return SchemaAnswer::of($key, $action, $row, $part, $notes[$key] ?? '');
  }

  /**
   * Checks what was sent.
   */
  public function validate(string $key, array $form, FormStateInterface $form_state): void {
    $state = $this->sent($key, $form_state);
    $mode = $form_state->getValue(['definition', $key, 'mode']);
    if ($mode === SchemaState::NONE) {
      return;
    }
    if ($state->shown === SchemaState::TABLE) {
      $problems = SchemaTable::problems($state->fields());
      $this->table->tell($form['panel']['rows'], $problems, $form_state);
      if ($problems !== []) {
        return;
      }
    }
    $element = $state->shown === SchemaState::JSON ? $form['panel']['schema'] : $form['mode'];
    try {
      $schema = JsonText::readObject($state->current());
      $problems = $schema === NULL ? [] : SchemaCheck::problems($schema);
      if ($mode === SchemaState::TABLE && $schema === NULL) {
        $element = $form['mode'];
        $problems = [(string) $this->t('Add a field to the table, or choose that there are no fields.')];
      }
      elseif ($mode === SchemaState::TABLE && $problems === [] && $state->obstacle() !== NULL) {
        $element = $form['mode'];
        $problems = [PlainTextOutput::renderFromHtml($this->t('The table of fields cannot say @part. Choose JSON Schema.', ['@part' => $state->obstacle()]))];
      }
    }
    catch (\InvalidArgumentException $exception) {
      $problems = [$exception->getMessage()];
    }
    if ($problems !== []) {
      $form_state->setError($element, $this->t('@title: @problem', [
        '@title' => $form['#title'],
        '@problem' => implode(' ', $problems),
      ]));
    }
  }

  /**
   * The schema that was sent; as it was, byte by byte, when it says the same.
   */
  public function text(string $key, FormStateInterface $form_state): ?string {
    $state = $this->sent($key, $form_state);
    $before = $form_state->get(['background_agents_schema', $key]);
    if ($form_state->getValue(['definition', $key, 'mode']) === SchemaState::NONE) {
      return NULL;
    }
    if ($state->shown === SchemaState::TABLE && SchemaTable::problems($state->fields()) !== []) {
      // It is not saved: the form says what is wrong.
      return $before;
    }
    $text = $state->current();
    if (trim($text) === '') {
      return NULL;
    }
    return $before !== NULL && $this->same($state, $before, $text) ? $before : $text;
  }

  /**
   * Whether nobody changed the schema.
   */
  private function same(SchemaState $state, string $before, string $text): bool {
    if ($state->shown !== SchemaState::TABLE) {
      return SchemaState::clean($before) === $text;
    }
    $fields = SchemaState::read($before);
    return $fields !== NULL && Json::encode(SchemaFields::schema($fields)) === Json::encode(SchemaFields::schema(array_values($state->fields())));
  }

  /**
   * What was sent.
   */
  private function sent(string $key, FormStateInterface $form_state): SchemaState {
    return SchemaState::of($key, $form_state->get(['background_agents_schema', $key]), ['definition' => (array) $form_state->getValue('definition')]);
  }

}
