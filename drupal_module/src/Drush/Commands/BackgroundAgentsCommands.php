<?php

declare(strict_types=1);

namespace Drupal\background_agents\Drush\Commands;

use Consolidation\OutputFormatters\StructuredData\RowsOfFields;
use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Audit\RecordedDecision;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Sidecar\PushQueue;
use Drupal\background_agents\StopSwitch;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drush\Attributes as CLI;
use Drush\Commands\AutowireTrait;
use Drush\Commands\DrushCommands;

/**
 * Lists runs and decisions, and stops all agents.
 *
 * @internal
 */
final class BackgroundAgentsCommands extends DrushCommands {

  use AutowireTrait;

  public function __construct(
    private readonly StopSwitch $stopSwitch,
    private readonly PushQueue $push,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly TimeInterface $time,
    private readonly AuditLog $auditLog,
  ) {
    parent::__construct();
  }

  /**
   * Lists runs, newest first.
   */
  #[CLI\Command(name: 'background-agents:runs', aliases: ['bga:runs'])]
  #[CLI\Option(name: 'state', description: 'Only runs in this state.')]
  #[CLI\Option(name: 'agent', description: 'Only runs of this agent.')]
  #[CLI\Option(name: 'limit', description: 'At most so many.')]
  #[CLI\FieldLabels(labels: [
    'uuid' => 'UUID',
    'agent' => 'Agent',
    'state' => 'State',
    'reason' => 'Reason',
    'trigger' => 'Trigger',
    'created' => 'Created',
    'steps' => 'Steps',
  ])]
  #[CLI\DefaultTableFields(fields: ['uuid', 'agent', 'state', 'reason', 'trigger', 'created', 'steps'])]
  public function runs(array $options = [
    'state' => self::REQ,
    'agent' => self::REQ,
    'limit' => '20',
    'format' => 'table',
  ]): RowsOfFields {
    $storage = $this->entityTypeManager->getStorage('background_agents_run');
    $query = $storage->getQuery()->accessCheck(FALSE)->sort('id', 'DESC')->range(0, max(1, (int) $options['limit']));
    foreach (array_filter(['state' => $options['state'], 'agent' => $options['agent']]) as $field => $value) {
      $query->condition($field, $value);
    }
    return new RowsOfFields(array_map(static fn (Run $run): array => [
      'uuid' => $run->uuid(),
      'agent' => $run->getAgentId(),
      'state' => $run->getState()->value,
      'reason' => (string) $run->getReason(),
      'trigger' => $run->getTriggerType(),
      'created' => gmdate('Y-m-d H:i:s', $run->getCreatedTime()),
      'steps' => $run->getUsage()['steps'],
    ], $storage->loadMultiple($query->execute())));
  }

  /**
   * Lists what people decided about runs, batches and keys, newest first.
   *
   * Also about what was deleted since.
   */
  #[CLI\Command(name: 'background-agents:audit', aliases: ['bga:audit'])]
  #[CLI\Option(name: 'run', description: 'Only about the run with this UUID.')]
  #[CLI\Option(name: 'limit', description: 'At most so many.')]
  #[CLI\FieldLabels(labels: [
    'time' => 'Time',
    'action' => 'Action',
    'who' => 'Who',
    'door' => 'Where',
    'about' => 'About',
    'run' => 'Run',
    'agent' => 'Agent',
    'data' => 'Data',
    'note' => 'Note',
  ])]
  #[CLI\DefaultTableFields(fields: ['time', 'action', 'who', 'door', 'about', 'note'])]
  public function audit(array $options = ['run' => self::REQ, 'limit' => '50', 'format' => 'table']): RowsOfFields {
    return new RowsOfFields(array_map(static fn (RecordedDecision $row): array => [
      'time' => gmdate('Y-m-d H:i:s', $row->time),
      'action' => $row->action,
      'who' => $row->name,
      'door' => $row->door,
      'about' => $row->about(),
      'run' => (string) $row->run,
      'agent' => (string) $row->agent,
      'data' => json_encode($row->data),
      'note' => $row->note,
    ], $this->auditLog->newest($options['run'] ?: NULL, max(1, (int) $options['limit']))));
  }

  /**
   * Stops all agents of the site.
   */
  #[CLI\Command(name: 'background-agents:stop', aliases: ['bga:stop'])]
  #[CLI\Option(name: 'note', description: 'Why, for those who read the history later.')]
  public function stop(array $options = ['note' => self::REQ]): void {
    $this->stopSwitch->stop(NULL, $this->time->getCurrentTime(), (string) $options['note']);
    $this->push->addCommands();
    $this->logger()->success('All agents are stopped.');
  }

  /**
   * Lets agents work again.
   */
  #[CLI\Command(name: 'background-agents:start', aliases: ['bga:start'])]
  public function start(): void {
    $this->stopSwitch->start();
    $this->push->addCommands();
    $this->logger()->success('Agents may work again.');
  }

}
