<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\AiAgents\AiAgentImport;
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

  public function __construct(
    private readonly AiAgentView $aiAgentView,
    private readonly SchemaPart $schemas,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(Agent $agent, FormStateInterface $form_state): array {
    $definition = $agent->getDefinition();
    return [
      '#title' => $this->t('Task'),
      '#weight' => 0,
      // Without a script, it stays open when a button of it was pressed.
      '#open' => isset($form_state->getTriggeringElement()['#ba_schema']),
      'import_notes' => $this->aiAgentView->importNotes($agent),
    ] + ($agent->isAiAgent() ? $this->aiAgentView->readOnly($agent) : $this->own($agent, $form_state)) + [
      'input' => $this->schemas->build('input', [
        'title' => $this->t('Input'),
        'description' => $this->t('What a run is given. It makes the form of "Run agent" and the fields of triggers. Which content a run is about is told to the agent anyway.'),
        'none' => $this->t('No fields: any input'),
        'caption' => $this->t('Fields of the input'),
        'json' => $this->t('Input schema'),
      ], $definition['input_schema'], $form_state),
    ];
  }

  /**
   * What an agent has of its own, and not from an AI agent that it is.
   */
  private function own(Agent $agent, FormStateInterface $form_state): array {
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
      'output' => ['#weight' => 10] + $this->schemas->build('output', [
        'title' => $this->t('Output'),
        'description' => $this->t('What a run answers with. The answer of the model is checked against it, and other systems can rely on it.'),
        'none' => $this->t('No fields: the answer is text'),
        'caption' => $this->t('Fields of the output'),
        'json' => $this->t('Output schema'),
      ], $definition['output_schema'], $form_state),
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function validate(array $form, FormStateInterface $form_state): void {
    foreach (['input', 'output'] as $key) {
      if (isset($form[$key]['mode'])) {
        $this->schemas->validate($key, $form[$key], $form_state);
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
      $agent->set('definition', ['input_schema' => $this->schemas->text('input', $form_state)] + $agent->getDefinition());
      if (!empty($values['release']) && $agent->isAiAgent()) {
        AiAgentImport::release($agent);
      }
      return;
    }
    $agent->set('definition', [
      'system_prompt' => str_replace("\r\n", "\n", (string) $values['system_prompt']),
      'input_schema' => $this->schemas->text('input', $form_state),
      'output_schema' => $this->schemas->text('output', $form_state),
    ] + $agent->getDefinition());
  }

}
