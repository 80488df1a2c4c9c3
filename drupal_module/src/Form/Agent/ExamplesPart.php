<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Agent\AgentExample;
use Drupal\background_agents\Contract\CanonicalJson;
use Drupal\background_agents\Contract\InputCheck;
use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Contract\JsonText;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\InputForm;
use Drupal\Core\Ajax\AjaxResponse;
use Drupal\Core\Ajax\FocusFirstCommand;
use Drupal\Core\Ajax\ReplaceCommand;
use Drupal\Core\Form\FormState;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Render\Element;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Inputs that show what the agent is for: a title, and the values of a run.
 *
 * The fields of an example are those of the input when it was shown; what was
 * typed is checked against the input as it is saved with it.
 *
 * @internal
 */
final class ExamplesPart implements AgentFormPartInterface {

  use StringTranslationTrait;

  private const string STORED = 'background_agents_examples';

  public function __construct(
    private readonly InputForm $inputForm,
    private readonly SchemaPart $schemas,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(Agent $agent, FormStateInterface $form_state): array {
    $shown = ExampleRows::of($agent, $form_state->getUserInput());
    // What is read later was shown now: by the input of this agent.
    $form_state->set([self::STORED, 'schema'], $agent->getDefinition()['input_schema']);
    if (!$form_state->has([self::STORED, 'before'])) {
      $form_state->set([self::STORED, 'before'], $agent->get('examples'));
    }
    $schema = ExampleRows::schema($agent->getDefinition()['input_schema']);
    $rows = [];
    foreach ($shown as $row => $example) {
      $rows[$row] = $this->row($row, count($rows) + 1, $example, $schema);
    }
    return [
      '#title' => $this->t('Examples'),
      '#weight' => 47,
      '#description' => $this->t('Inputs that show what the agent is for. Other programs offer them to people who may run it: as prompts in MCP clients, and as examples in agent systems.'),
      // Without a script, it stays open when a button of it was pressed.
      '#open' => isset($form_state->getTriggeringElement()['#ba_example']),
      'list' => [
        '#type' => 'container',
        '#attributes' => ['id' => 'ba-examples'],
        'shown' => ['#type' => 'hidden', '#value' => '1', '#parents' => ['examples', 'shown']],
        'rows' => ['#parents' => ['examples', 'rows']] + $rows,
        'none' => ['#markup' => '<p>' . $this->t('There are no examples yet.') . '</p>', '#access' => $rows === []],
        'add' => self::button('add', $this->t('Add an example')) + ['#disabled' => count($rows) >= AgentExample::MOST],
        'full' => [
          '#markup' => '<p>' . $this->t('An agent has up to @most examples.', ['@most' => AgentExample::MOST]) . '</p>',
          '#access' => count($rows) >= AgentExample::MOST,
        ],
      ],
    ];
  }

  /**
   * One example.
   */
  private function row(int $row, int $number, ShownExample $example, ?\stdClass $schema): array {
    $of = ['@number' => $number];
    $fields = $example->isJson ? NULL : $schema;
    $input = array_map(static fn (array $element): array => ['#required' => FALSE] + $element, $this->inputForm->elements($fields, $example->input));
    if ($example->isJson) {
      $input['_json']['#description'] = $this->t('A JSON object. It has values that the fields of the input do not show.');
    }
    return [
      '#type' => 'fieldset',
      '#title' => $this->t('Example @number', $of),
      '#attributes' => ['id' => "ba-example-$row", 'class' => ['ba-example']],
      'label' => [
        '#type' => 'textfield',
        '#title' => $this->t('Title'),
        '#description' => $this->t('What people choose it by, such as "A teaser for a long report".'),
        '#default_value' => $example->label,
        '#maxlength' => AgentExample::LABEL,
      ],
      'json' => ['#type' => 'hidden', '#value' => (int) $example->isJson],
      'input' => $input,
      'remove' => self::button('remove', $this->t('Remove'), $row) + [
        '#attributes' => ['aria-label' => $this->t('Remove example @number', $of)],
      ],
    ];
  }

  /**
   * A button that shows the form again, without saving.
   */
  private static function button(string $action, mixed $label, ?int $row = NULL): array {
    return [
      '#type' => 'submit',
      '#name' => "background_agents_example_$action" . ($row === NULL ? '' : "_$row"),
      '#value' => $label,
      '#ba_example' => [$action, $row],
      '#limit_validation_errors' => [],
      '#submit' => [[self::class, 'change']],
      '#ajax' => ['callback' => [self::class, 'answer'], 'disable-refocus' => TRUE],
    ];
  }

  /**
   * Submit handler: adds or removes an example.
   */
  public static function change(array &$form, FormStateInterface $form_state): void {
    [$action, $row] = $form_state->getTriggeringElement()['#ba_example'];
    $form_state->setUserInput(ExampleRows::changed($form_state->getUserInput(), $action === 'add' ? NULL : (int) $row));
    $form_state->setRebuild();
  }

  /**
   * Ajax callback: the examples as they are now, and the focus in the last one.
   */
  public static function answer(array &$form, FormStateInterface $form_state): AjaxResponse {
    $list = $form['examples']['list'];
    $rows = Element::children($list['rows']);
    $response = new AjaxResponse();
    $response->addCommand(new ReplaceCommand('#ba-examples', $list));
    return $response->addCommand(new FocusFirstCommand($rows === [] ? '#ba-examples' : '#ba-example-' . end($rows)));
  }

  /**
   * {@inheritdoc}
   */
  public function validate(array $form, FormStateInterface $form_state): void {
    $schema = ExampleRows::schema($this->schemas->text('input', $form_state));
    foreach (Element::children($form['list']['rows']) as $row) {
      $element = $form['list']['rows'][$row];
      $values = (array) $form_state->getValue(['examples', 'rows', $row]);
      $input = $this->read($values, $element['input'], $form_state->get([self::STORED, 'schema']), $form_state);
      $label = trim((string) ($values['label'] ?? ''));
      if ($this->isEmpty($label, $input)) {
        continue;
      }
      if ($label === '') {
        $form_state->setError($element['label'], $this->t('@example: give it a title, or leave out its values.', ['@example' => $element['#title']]));
      }
      $problem = InputCheck::problem($input, $schema);
      if ($problem !== NULL) {
        $form_state->setError($element['input'], $this->t('The example "@label" does not fit the input of the agent: @problem', [
          '@label' => $label === '' ? $element['#title'] : $label,
          '@problem' => $problem,
        ]));
      }
    }
  }

  /**
   * {@inheritdoc}
   */
  public function apply(Agent $agent, FormStateInterface $form_state): void {
    if ($form_state->getValue(['examples', 'shown']) === NULL) {
      return;
    }
    $before = (array) $form_state->get([self::STORED, 'before']);
    $form = $form_state->getCompleteForm();
    $examples = [];
    foreach ((array) $form_state->getValue(['examples', 'rows']) as $row => $values) {
      $elements = $form['examples']['list']['rows'][$row]['input'] ?? NULL;
      if (!is_array($values) || $elements === NULL) {
        continue;
      }
      // What is wrong with them is told by validate(), once.
      $input = $this->read($values, $elements, $form_state->get([self::STORED, 'schema']), new FormState());
      $label = trim((string) ($values['label'] ?? ''));
      if (!$this->isEmpty($label, $input)) {
        $examples[] = ['label' => $label, 'input' => self::kept($before, $input)];
      }
    }
    $agent->set('examples', $examples);
  }

  /**
   * The values that were typed; what is wrong with one is told at its element.
   */
  private function read(array $values, array $elements, ?string $schema, FormStateInterface $form_state): \stdClass {
    return $this->inputForm->read(empty($values['json']) ? ExampleRows::schema($schema) : NULL, (array) ($values['input'] ?? []), $elements, $form_state);
  }

  /**
   * Whether nothing was typed: a check mark that is not set says nothing.
   */
  private function isEmpty(string $label, \stdClass $input): bool {
    return $label === '' && array_filter((array) $input, static fn (mixed $value): bool => $value !== FALSE) === [];
  }

  /**
   * The input as text: as it was, byte by byte, where nobody changed it.
   *
   * A form has no third state for a check mark: one that was not given is not
   * added as false.
   *
   * @param array<array{label: string, input: string}> $before
   *   The examples as they were.
   * @param \stdClass $input
   *   The input.
   */
  private static function kept(array $before, \stdClass $input): string {
    foreach ($before as $example) {
      try {
        $was = JsonText::readObject((string) $example['input']) ?? new \stdClass();
      }
      catch (\InvalidArgumentException) {
        continue;
      }
      $marks = array_diff_key(array_filter((array) $input, static fn (mixed $value): bool => $value === FALSE), (array) $was);
      if (CanonicalJson::encode((object) array_diff_key((array) $input, $marks)) === CanonicalJson::encode($was)) {
        return (string) $example['input'];
      }
    }
    return Json::encode($input);
  }

}
