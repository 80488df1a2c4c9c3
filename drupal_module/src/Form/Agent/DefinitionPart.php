<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\AiAgents\AiAgentImport;
use Drupal\background_agents\Contract\JsonText;
use Drupal\background_agents\Contract\SchemaCheck;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\AiAgentView;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * What the agent does: its prompt, what goes in and what comes out.
 *
 * @internal
 */
final class DefinitionPart implements AgentFormPartInterface {

  use StringTranslationTrait;

  public function __construct(private readonly AiAgentView $aiAgentView) {}

  /**
   * {@inheritdoc}
   */
  public function build(Agent $agent, FormStateInterface $form_state): array {
    $definition = $agent->getDefinition();
    return [
      '#title' => $this->t('Task'),
      '#weight' => 0,
      'import_notes' => $this->aiAgentView->importNotes($agent),
    ] + ($agent->isAiAgent() ? $this->aiAgentView->readOnly($agent) : $this->own($agent)) + [
      'input_schema' => $this->schema(
        $this->t('Input schema'),
        $this->t('A JSON Schema of what a run is given. It makes the form of "Run agent" and the fields of triggers. Empty: any JSON object is taken.'),
        $definition['input_schema'],
        "{\n  \"type\": \"object\",\n  \"properties\": {\n    \"node\": {\"type\": \"string\", \"title\": \"Content\", \"description\": \"UUID of the article\"}\n  },\n  \"required\": [\"node\"]\n}",
      ),
    ];
  }

  /**
   * What an agent has of its own, and not from an AI agent that it is.
   */
  private function own(Agent $agent): array {
    $definition = $agent->getDefinition();
    return [
      'system_prompt' => [
        '#type' => 'textarea',
        '#title' => $this->t('System prompt'),
        '#description' => $this->t('What the agent is, what it has to do, what it must not do. Say what a good result looks like. The input of each run is given to it separately. Never put secrets here: prompts are shown on the pages of runs.'),
        '#default_value' => $definition['system_prompt'],
        '#rows' => 12,
        '#required' => TRUE,
        '#maxlength' => 100000,
        '#wrapper_attributes' => ['class' => ['ba-prompt']],
      ],
      'output_schema' => $this->schema(
        $this->t('Output schema'),
        $this->t('A JSON Schema of the result. The answer of the model is checked against it, and other systems can rely on it. Empty: the result is text.'),
        $definition['output_schema'],
        "{\n  \"type\": \"object\",\n  \"properties\": {\n    \"summary\": {\"type\": \"string\"}\n  },\n  \"required\": [\"summary\"]\n}",
      ),
    ];
  }

  /**
   * A field for a JSON Schema.
   */
  private function schema(mixed $title, mixed $description, ?string $value, string $placeholder): array {
    return [
      '#type' => 'textarea',
      '#title' => $title,
      '#description' => $description,
      '#default_value' => $value ?? '',
      '#placeholder' => $placeholder,
      '#rows' => 9,
      '#attributes' => ['spellcheck' => 'false'],
      '#wrapper_attributes' => ['class' => ['ba-json']],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function validate(array $form, FormStateInterface $form_state): void {
    foreach (array_intersect(['input_schema', 'output_schema'], array_keys($form)) as $key) {
      $title = $form[$key]['#title'];
      try {
        $schema = JsonText::readObject((string) $form_state->getValue(['definition', $key]));
      }
      catch (\InvalidArgumentException $exception) {
        $form_state->setError($form[$key], $this->t('@title: @problem', [
          '@title' => $title,
          '@problem' => $exception->getMessage(),
        ]));
        continue;
      }
      $problems = $schema === NULL ? [] : SchemaCheck::problems($schema);
      if ($problems !== []) {
        $form_state->setError($form[$key], $this->t('@title: @problem', [
          '@title' => $title,
          '@problem' => implode(' ', $problems),
        ]));
      }
    }
  }

  /**
   * {@inheritdoc}
   */
  public function apply(Agent $agent, FormStateInterface $form_state): void {
    $values = (array) $form_state->getValue('definition');
    if (!empty($values['forget_notes'])) {
      $agent->set('import_notes', []);
    }
    // By what the form has: it is applied again to an agent that was released.
    if (!array_key_exists('system_prompt', $values)) {
      $agent->set('definition', ['input_schema' => self::text($values['input_schema'])] + $agent->getDefinition());
      if (!empty($values['release']) && $agent->isAiAgent()) {
        AiAgentImport::release($agent);
      }
      return;
    }
    $agent->set('definition', [
      'system_prompt' => str_replace("\r\n", "\n", (string) $values['system_prompt']),
      'input_schema' => self::text($values['input_schema']),
      'output_schema' => self::text($values['output_schema']),
    ] + $agent->getDefinition());
  }

  /**
   * The text, or NULL when there is none.
   */
  private static function text(mixed $value): ?string {
    $text = trim(str_replace("\r\n", "\n", (string) $value));
    return $text === '' ? NULL : $text;
  }

}
