<?php

declare(strict_types=1);

namespace Drupal\background_agents_maestro;

use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Dispatch\FlowProgress;
use Drupal\background_agents\Dispatch\FlowRuns;
use Drupal\background_agents\Dispatch\FlowState;
use Drupal\background_agents\Dispatch\FlowStep;
use Drupal\background_agents\Dispatch\InputText;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunDocument;
use Drupal\Component\Utility\Unicode;
use Drupal\maestro\Engine\MaestroEngine;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Carries out tasks of processes that run an agent.
 *
 * Maestro asks each task anew until it is done, and works as nobody: so the
 * task names whom it asks for.
 *
 * @internal
 */
final class AgentTasks {

  /**
   * What a process variable holds, in characters.
   */
  private const int VARIABLE_LENGTH = 255;

  public function __construct(
    private readonly FlowRuns $runs,
    private readonly RunData $data,
    private readonly RunDocument $documents,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Starts the run of a task, or looks how it stands.
   *
   * @param int $process
   *   Id of the process.
   * @param int $queue
   *   Id of the task in the queue: names the run.
   *
   * @return \Drupal\background_agents\Dispatch\FlowProgress
   *   How it stands. Process variables are set when it is done or failed.
   */
  public function advance(int $process, int $queue): FlowProgress {
    $template = (string) MaestroEngine::getTemplateIdFromProcessId($process);
    $task = MaestroEngine::getTemplateTaskByID($template, MaestroEngine::getTaskIdFromQueueId($queue));
    $settings = AgentTaskSettings::of(is_array($task) ? $task : []);
    $progress = $this->started($settings, $template, $process, $queue);
    if ($progress->state === FlowState::Done && $settings->until === AgentTaskSettings::UNTIL_DECISION) {
      $progress = $this->decided($progress);
    }
    if ($progress->state !== FlowState::Waiting) {
      $this->tell($settings, $progress, $process);
    }
    return $progress;
  }

  private function started(AgentTaskSettings $settings, string $template, int $process, int $queue): FlowProgress {
    $requester = $settings->requester === AgentTaskSettings::INITIATOR
      ? (int) MaestroEngine::getProcessEntryById($process)?->get('initiator_uid')->value
      : (int) $settings->requester;
    if ($requester === 0) {
      return new FlowProgress(FlowState::Failed, 'Nobody is known for whom the task could ask: the process was started by nobody who has an account. Choose an account in the task.');
    }
    try {
      $input = InputText::read($settings->input);
    }
    catch (DispatchRefused $refused) {
      return new FlowProgress(FlowState::Failed, $refused->problem->detail);
    }
    $filled = $this->filled($input, $process);
    assert($filled instanceof \stdClass);
    return $this->runs->advance(new FlowStep($settings->agent, $filled, $requester, "maestro:$queue", $template));
  }

  /**
   * Whether people have decided about all drafts, and kept at least one.
   */
  private function decided(FlowProgress $ended): FlowProgress {
    assert($ended->run !== NULL);
    $changes = $this->documents->changes($ended->run);
    if (array_filter($changes, static fn (Change $change): bool => $change->isPending()) !== []) {
      return new FlowProgress(FlowState::Waiting, 'Drafts of the run wait for a decision.', $ended->uuid, $ended->run);
    }
    $kept = array_filter($changes, static fn (Change $change): bool => $change->getStatus() === Change::ACCEPTED);
    return $changes === [] || $kept !== [] ? $ended : new FlowProgress(FlowState::Failed, 'No draft of the run was accepted.', $ended->uuid, $ended->run);
  }

  /**
   * Sets the process variables, and writes a failure into the log.
   */
  private function tell(AgentTaskSettings $settings, FlowProgress $progress, int $process): void {
    if ($settings->runVariable !== '') {
      MaestroEngine::setProcessVariable($settings->runVariable, (string) $progress->uuid, $process);
    }
    if ($settings->outputVariable !== '') {
      $output = $progress->run === NULL ? NULL : $this->data->output((int) $progress->run->id());
      $text = is_string($output) ? $output : ($output === NULL ? '' : json_encode($output, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR));
      MaestroEngine::setProcessVariable($settings->outputVariable, Unicode::truncate($text, self::VARIABLE_LENGTH, FALSE, TRUE), $process);
    }
    if ($progress->state === FlowState::Failed) {
      $this->logger->error('A task of the Maestro process @process could not have the agent %agent do its work: @detail', [
        '@process' => $process,
        '%agent' => $settings->agent,
        '@detail' => $progress->detail,
      ]);
    }
  }

  /**
   * Puts process variables into the texts of an input.
   *
   * The input was parsed before: what a variable holds never becomes structure.
   */
  private function filled(mixed $value, int $process): mixed {
    if (is_string($value)) {
      return preg_replace_callback('/\[process:([a-zA-Z0-9_]+)\]/', static fn (array $match): string => (string) MaestroEngine::getProcessVariable($match[1], $process), $value);
    }
    if (is_array($value)) {
      return array_map(fn (mixed $inner): mixed => $this->filled($inner, $process), $value);
    }
    if ($value instanceof \stdClass) {
      return (object) array_map(fn (mixed $inner): mixed => $this->filled($inner, $process), get_object_vars($value));
    }
    return $value;
  }

}
