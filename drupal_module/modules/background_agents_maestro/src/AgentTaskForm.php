<?php

declare(strict_types=1);

namespace Drupal\background_agents_maestro;

use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Dispatch\InputText;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\maestro\Engine\MaestroEngine;
use Drupal\user\UserInterface;

/**
 * The part of Maestro's form for a task that runs an agent.
 *
 * @internal
 */
final class AgentTaskForm {

  use StringTranslationTrait;

  private const string KEY = AgentTaskSettings::KEY;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Builds the part.
   */
  public function build(AgentTaskSettings $settings, string $template): array {
    $variables = array_keys(MaestroEngine::getTemplateVariables($template) ?: []);
    $part = ['#type' => 'fieldset', '#tree' => TRUE, '#title' => $this->t('Background agent')];
    $part['agent'] = [
      '#type' => 'select',
      '#title' => $this->t('Agent'),
      '#options' => $this->agents(),
      '#empty_option' => $this->t('- Select -'),
      '#default_value' => $settings->agent,
      '#required' => TRUE,
    ];
    $part['input'] = [
      '#type' => 'textarea',
      '#title' => $this->t('Input'),
      '#description' => $this->t('A JSON object, as the agent asks for it. In texts, <em>[process:name]</em> stands for the process variable of that name: @names.', ['@names' => implode(', ', $variables)]),
      '#default_value' => $settings->input,
    ];
    $byInitiator = $settings->requester === AgentTaskSettings::INITIATOR;
    $part['requester'] = [
      '#type' => 'radios',
      '#title' => $this->t('For whom the task asks'),
      '#description' => $this->t('They need the permission to run the agent, and see the run as their own.'),
      '#options' => [
        AgentTaskSettings::INITIATOR => $this->t('Who started the process'),
        'account' => $this->t('Always the same account'),
      ],
      '#default_value' => $byInitiator ? AgentTaskSettings::INITIATOR : 'account',
      '#required' => TRUE,
    ];
    $part['account'] = [
      '#type' => 'entity_autocomplete',
      '#title' => $this->t('Account'),
      '#target_type' => 'user',
      '#selection_settings' => ['include_anonymous' => FALSE],
      '#default_value' => $byInitiator ? NULL : $this->entityTypeManager->getStorage('user')->load($settings->requester),
      '#states' => ['visible' => [':input[name="' . self::KEY . '[requester]"]' => ['value' => 'account']]],
    ];
    return [self::KEY => $part + $this->ending($settings, $variables)];
  }

  /**
   * When the task is done, and what the process gets from it.
   */
  private function ending(AgentTaskSettings $settings, array $variables): array {
    $options = array_combine($variables, $variables);
    return [
      'until' => [
        '#type' => 'radios',
        '#title' => $this->t('The process goes on'),
        '#options' => [
          AgentTaskSettings::UNTIL_END => $this->t('when the run has ended'),
          AgentTaskSettings::UNTIL_DECISION => $this->t('when people have decided about all drafts of the run'),
        ],
        '#description' => $this->t('A run that fails, or of which no draft is accepted, takes the false branch. Without a false branch the process is aborted.'),
        '#default_value' => $settings->until,
        '#required' => TRUE,
      ],
      'runVariable' => [
        '#type' => 'select',
        '#title' => $this->t('Variable for the run'),
        '#description' => $this->t('It gets the UUID of the run.'),
        '#options' => $options,
        '#empty_option' => $this->t('- None -'),
        '#default_value' => $settings->runVariable,
      ],
      'outputVariable' => [
        '#type' => 'select',
        '#title' => $this->t('Variable for the output'),
        '#description' => $this->t('It gets what the agent answered, up to 255 characters: a variable holds no more. The page of the run has all of it.'),
        '#options' => $options,
        '#empty_option' => $this->t('- None -'),
        '#default_value' => $settings->outputVariable,
      ],
    ];
  }

  /**
   * Refuses what could not be carried out.
   */
  public function validate(FormStateInterface $form_state): void {
    $given = $form_state->getValue(self::KEY);
    try {
      InputText::read((string) $given['input']);
    }
    catch (DispatchRefused $refused) {
      $form_state->setErrorByName(self::KEY . '][input', $this->t('@text', ['@text' => $refused->problem->detail]));
    }
    if ($given['requester'] === 'account' && !$this->entityTypeManager->getStorage('user')->load((int) $given['account']) instanceof UserInterface) {
      $form_state->setErrorByName(self::KEY . '][account', $this->t('Choose the account for which the task asks.'));
    }
  }

  /**
   * Reads what was submitted.
   */
  public function read(FormStateInterface $form_state): AgentTaskSettings {
    $given = $form_state->getValue(self::KEY);
    return new AgentTaskSettings(
      (string) $given['agent'],
      (string) $given['input'],
      $given['requester'] === 'account' ? (string) (int) $given['account'] : AgentTaskSettings::INITIATOR,
      (string) $given['until'],
      (string) $given['runVariable'],
      (string) $given['outputVariable'],
    );
  }

  /**
   * Labels of the agents that are enabled, by id.
   *
   * @return array<string, string>
   *   Labels, by id.
   */
  private function agents(): array {
    $agents = $this->entityTypeManager->getStorage('background_agents_agent')->loadByProperties(['status' => TRUE]);
    return array_map(static fn (Agent $agent): string => (string) $agent->label(), $agents);
  }

}
