<?php

declare(strict_types=1);

namespace Drupal\background_agents\Progress;

use Drupal\ai_agents\Service\AgentStatus\AiAgentStatusUpdate;
use Drupal\ai_agents\Service\AgentStatus\Interfaces\AiAgentStatusPollerServiceInterface;
use Drupal\ai_agents\Service\AgentStatus\Interfaces\AiAgentStatusUpdateInterface;
use Drupal\ai_agents\Service\AgentStatus\Interfaces\UpdateItems\StatusBaseInterface;
use Drupal\ai_agents\Service\AgentStatus\UpdateItems\AiAgentFinishedExecution;
use Drupal\ai_agents\Service\AgentStatus\UpdateItems\AiAgentIterationExecution;
use Drupal\ai_agents\Service\AgentStatus\UpdateItems\AiAgentStartedExecution;
use Drupal\ai_agents\Service\AgentStatus\UpdateItems\TextGenerated;
use Drupal\ai_agents\Service\AgentStatus\UpdateItems\ToolFinishedExecution;
use Drupal\ai_agents\Service\AgentStatus\UpdateItems\ToolStartedExecution;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunStore;
use Drupal\Component\Render\PlainTextOutput;
use Drupal\Component\Uuid\Uuid;

/**
 * Lets what polls agents of AI Agents see runs of background agents, too.
 *
 * Decorates the poller of AI Agents where that module is. A run is asked for by
 * its UUID, and shown to those who may view it.
 *
 * @internal
 */
final class AgentStatusPoller implements AiAgentStatusPollerServiceInterface {

  /**
   * Sentences of one answer, the newest.
   */
  private const int MOST = 500;

  public function __construct(
    private readonly AiAgentStatusPollerServiceInterface $inner,
    private readonly RunStore $runs,
    private readonly ProgressStoreInterface $progress,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getLatestStatusUpdates(string $uuid): AiAgentStatusUpdateInterface {
    $run = Uuid::isValid($uuid) ? $this->runs->byUuid($uuid) : NULL;
    if ($run === NULL) {
      return $this->inner->getLatestStatusUpdates($uuid);
    }
    $update = new AiAgentStatusUpdate();
    if ($run->access('view')) {
      $items = $this->progress->items($run, max(0, $run->getLastSeq() - self::MOST), self::MOST);
      array_map($update->addItem(...), array_map(fn (ProgressItem $item): StatusBaseInterface => $this->item($run, $item), $items));
    }
    return $update;
  }

  /**
   * {@inheritdoc}
   */
  public function deleteStatusUpdate(string $uuid): void {
    // The history of a run is kept as long as the site's settings say.
    if (!Uuid::isValid($uuid) || $this->runs->byUuid($uuid) === NULL) {
      $this->inner->deleteStatusUpdate($uuid);
    }
  }

  /**
   * A sentence in the words of AI Agents.
   */
  private function item(Run $run, ProgressItem $item): StatusBaseInterface {
    $common = [
      'time' => (float) $item->time,
      'agent_id' => $run->getAgentId(),
      'agent_name' => $run->getAgentLabel(),
      'agent_runner_id' => (string) $run->uuid(),
    ];
    $sentence = PlainTextOutput::renderFromHtml($item->sentence);
    $tool = [
      'tool_name' => (string) $item->tool,
      'tool_input' => '',
      'tool_id' => (string) $item->call,
      'tool_feedback_message' => $sentence,
    ];
    return match ($item->type) {
      'run_started' => new AiAgentStartedExecution(...$common),
      'run_finished' => new AiAgentFinishedExecution(...$common),
      'model_requested' => new AiAgentIterationExecution(...[...$common, 'loop_count' => (int) $item->step]),
      'tool_started' => new ToolStartedExecution(...[...$common, ...$tool]),
      'tool_finished' => new ToolFinishedExecution(...[...$common, ...$tool, 'tool_results' => '']),
      default => new TextGenerated(...[...$common, 'loop_count' => (int) $item->step, 'text_response' => $sentence]),
    };
  }

}
