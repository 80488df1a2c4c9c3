<?php

declare(strict_types=1);

namespace Drupal\background_agents_maestro\Plugin\EngineTasks;

use Drupal\background_agents\Dispatch\FlowState;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents_maestro\AgentTaskForm;
use Drupal\background_agents_maestro\AgentTasks;
use Drupal\background_agents_maestro\AgentTaskSettings;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Plugin\ContainerFactoryPluginInterface;
use Drupal\Core\Plugin\PluginBase;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\maestro\Engine\MaestroEngine;
use Drupal\maestro\Form\MaestroExecuteInteractive;
use Drupal\maestro\MaestroEngineTaskInterface;
use Drupal\maestro\MaestroTaskTrait;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * A task of a Maestro workflow that runs a background agent.
 *
 * @Plugin(
 *   id = "BackgroundAgent",
 *   task_description = @Translation("Runs a background agent."),
 * )
 *
 * @internal
 */
final class BackgroundAgentTask extends PluginBase implements MaestroEngineTaskInterface, ContainerFactoryPluginInterface {

  use MaestroTaskTrait;

  /**
   * Constructs a BackgroundAgentTask object.
   *
   * @param array $configuration
   *   Id of the process and id of the task in the queue, as Maestro gives them.
   * @param string $plugin_id
   *   Id of the plugin.
   * @param mixed $plugin_definition
   *   Its definition.
   * @param \Drupal\background_agents_maestro\AgentTasks $tasks
   *   Carries tasks out.
   * @param \Drupal\background_agents_maestro\AgentTaskForm $taskForm
   *   The form of a task.
   */
  public function __construct(
    array $configuration,
    $plugin_id,
    $plugin_definition,
    private readonly AgentTasks $tasks,
    private readonly AgentTaskForm $taskForm,
  ) {
    parent::__construct($configuration, $plugin_id, $plugin_definition);
    [$this->processID, $this->queueID] = $configuration + [0, 0];
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get(AgentTasks::class), $container->get(AgentTaskForm::class));
  }

  /**
   * {@inheritdoc}
   */
  public function isInteractive(): bool {
    return FALSE;
  }

  /**
   * {@inheritdoc}
   */
  public function shortDescription(): TranslatableMarkup {
    return $this->t('Background agent');
  }

  /**
   * {@inheritdoc}
   */
  public function description(): TranslatableMarkup {
    return $this->t('Background agent: has an agent do its work, and waits for it.');
  }

  /**
   * {@inheritdoc}
   */
  public function getPluginId() {
    return 'BackgroundAgent';
  }

  /**
   * {@inheritdoc}
   */
  public function getTaskColours(): string {
    return '#2b6cb0';
  }

  /**
   * {@inheritdoc}
   *
   * @return bool
   *   TRUE: the task is done, well or not; FALSE: ask again.
   */
  public function execute() {
    $progress = $this->tasks->advance((int) $this->processID, (int) $this->queueID);
    if ($progress->state === FlowState::Failed) {
      $this->executionStatus = TASK_STATUS_ABORTED;
      $this->completionStatus = MAESTRO_TASK_COMPLETION_USE_FALSE_BRANCH;
      if (($this->task()['nextfalsestep'] ?? '') === '') {
        MaestroEngine::abortProcess($this->processID);
      }
    }
    return $progress->state !== FlowState::Waiting;
  }

  /**
   * {@inheritdoc}
   */
  public function getExecutableForm($modal, MaestroExecuteInteractive $parent) {
    return [];
  }

  /**
   * {@inheritdoc}
   */
  public function handleExecuteSubmit(array &$form, FormStateInterface $form_state): void {}

  /**
   * {@inheritdoc}
   */
  public function getTaskEditForm(array $task, $templateMachineName) {
    return $this->taskForm->build(AgentTaskSettings::of($task), (string) $templateMachineName);
  }

  /**
   * {@inheritdoc}
   */
  public function validateTaskEditForm(array &$form, FormStateInterface $form_state): void {
    $this->taskForm->validate($form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function prepareTaskForSave(array &$form, FormStateInterface $form_state, array &$task): void {
    $task['data'][AgentTaskSettings::KEY] = $this->taskForm->read($form_state)->toArray();
  }

  /**
   * {@inheritdoc}
   */
  public function performValidityCheck(array &$validation_failure_tasks, array &$validation_information_tasks, array $task): void {
    $settings = AgentTaskSettings::of($task);
    $problem = ['taskID' => $task['id'], 'taskLabel' => $task['label']];
    if (Agent::load($settings->agent) === NULL) {
      $validation_failure_tasks[] = $problem + ['reason' => $this->t('Choose the background agent of the task: there is none, or it was deleted.')];
    }
    if (($task['nextfalsestep'] ?? '') === '') {
      $validation_information_tasks[] = $problem + ['reason' => $this->t('The task has no false branch: when the run fails, the process is aborted.')];
    }
  }

  /**
   * {@inheritdoc}
   */
  public function getTemplateBuilderCapabilities(): array {
    return ['edit', 'drawlineto', 'drawfalselineto', 'removelines', 'remove'];
  }

  /**
   * The task as its template has it.
   */
  private function task(): array {
    return MaestroEngine::getTemplateTaskByID(MaestroEngine::getTemplateIdFromProcessId($this->processID), MaestroEngine::getTaskIdFromQueueId($this->queueID)) ?: [];
  }

}
