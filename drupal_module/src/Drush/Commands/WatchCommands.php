<?php

declare(strict_types=1);

namespace Drupal\background_agents\Drush\Commands;

use Consolidation\OutputFormatters\StructuredData\PropertyList;
use Consolidation\OutputFormatters\StructuredData\RowsOfFields;
use Drupal\background_agents\Dispatch\Via;
use Drupal\background_agents\Drush\NamedRun;
use Drupal\background_agents\Drush\PlainText;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Progress\ProgressItem;
use Drupal\background_agents\Progress\ProgressStoreInterface;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Run\RunTree;
use Drupal\background_agents\Run\StartedRun;
use Drush\Attributes as CLI;
use Drush\Commands\AutowireTrait;
use Drush\Commands\DrushCommands;

/**
 * Shows what runs do.
 *
 * @internal
 */
final class WatchCommands extends DrushCommands {

  use AutowireTrait;

  /**
   * Sentences that are read at once.
   */
  private const int PAGE = 200;

  public function __construct(
    private readonly NamedRun $named,
    private readonly RunStore $runs,
    private readonly RunData $data,
    private readonly ProgressStoreInterface $progress,
    private readonly RunTree $runTree,
  ) {
    parent::__construct();
  }

  /**
   * Shows a run: how far it is, what it waits for, what it used.
   */
  #[CLI\Command(name: 'background-agents:show', aliases: ['bga:show'])]
  #[CLI\Argument(name: 'run', description: 'UUID of the run, or its beginning.')]
  #[CLI\Usage(name: 'drush background-agents:show 3f0c5a1e --format=json', description: 'For programs.')]
  #[CLI\FieldLabels(labels: [
    'uuid' => 'UUID',
    'agent' => 'Agent',
    'state' => 'State',
    'now' => 'Now',
    'done' => 'Items done',
    'total' => 'Items in all',
    'seconds_left' => 'Seconds left',
    'waiting_for' => 'Waits for',
    'question' => 'Question',
    'question_id' => 'Question id',
    'choices' => 'Answers',
    'reason' => 'Reason',
    'message' => 'Message',
    'trigger' => 'Trigger',
    'about' => 'About',
    'requester' => 'Asked for by',
    'via' => 'Asked by means of',
    'parent' => 'Started by run',
    'tree' => 'Runs that it started',
    'created' => 'Created',
    'started' => 'Started',
    'finished' => 'Ended',
    'steps' => 'Steps',
    'tool_calls' => 'Tool calls',
    'input_tokens' => 'Tokens in',
    'output_tokens' => 'Tokens out',
    'cost_micros' => 'Cost in millionths',
    'input' => 'Input',
    'output' => 'Output',
  ])]
  public function show(string $run, array $options = ['format' => 'table']): PropertyList {
    $found = $this->named->find($run);
    return new PropertyList(array_map(
      static fn (mixed $value): mixed => is_string($value) ? PlainText::of($value) : $value,
      $this->head($found) + $this->question($found) + $this->facts($found),
    ));
  }

  /**
   * What the run is, and how far.
   */
  private function head(Run $run): array {
    $report = $this->progress->report($run);
    return [
      'uuid' => $run->uuid(),
      'agent' => $run->getAgentId(),
      'state' => $run->getState()->value,
      'now' => $report === NULL ? NULL : PlainText::ofMarkup((string) $report->sentence),
      'done' => $report?->done,
      'total' => $report?->total,
      'seconds_left' => $report?->secondsLeft,
      'waiting_for' => $run->getWaitingFor(),
    ];
  }

  /**
   * What the run asks a person.
   */
  private function question(Run $run): array {
    $waiting = $run->getWaitingFor() === 'approval' ? $this->data->read((int) $run->id())['waiting'] : NULL;
    $question = $waiting->data->question ?? NULL;
    return [
      'question' => $question->question ?? NULL,
      'question_id' => $question->id ?? NULL,
      'choices' => isset($question->choices) ? implode(', ', array_filter((array) $question->choices, is_string(...))) : NULL,
    ];
  }

  /**
   * What is known of it besides.
   */
  private function facts(Run $run): array {
    $data = $this->data->read((int) $run->id());
    $via = Via::of($run);
    $time = static fn (?int $time): ?string => $time === NULL ? NULL : gmdate('Y-m-d H:i:s', $time);
    return [
      'reason' => $run->getReason(),
      'message' => $run->getMessage(),
      'trigger' => $run->getTriggerType(),
      'about' => $run->getTarget()['label'] ?? NULL,
      'requester' => $run->getRequester()?->getAccountName(),
      'via' => $via === NULL ? NULL : implode(': ', array_filter([$via->means, $via->name])),
      'parent' => $run->getParentUuid(),
      'tree' => $this->tree($run),
      'created' => $time($run->getCreatedTime()),
      'started' => $time($run->getStartedTime()),
      'finished' => $time($run->getFinishedTime()),
    ] + $run->getUsage() + [
      'input' => json_encode($data['input'] ?? new \stdClass(), JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE),
      'output' => $data['output'] === NULL ? NULL : json_encode($data['output'], JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE),
    ];
  }

  /**
   * The runs below, a line each, further in the deeper they are.
   */
  private function tree(Run $run): ?string {
    $lines = array_map(static fn (StartedRun $one): string => sprintf('%s%s %s: %s%s',
      str_repeat('  ', $one->level - 1), $one->uuid, $one->agent, $one->state->value, $one->isAwaited ? '' : ' (detached)'), $this->runTree->below($run->uuid()));
    return $lines === [] ? NULL : implode("\n", $lines);
  }

  /**
   * Prints what a run did, a sentence each.
   */
  #[CLI\Command(name: 'background-agents:logs', aliases: ['bga:logs'])]
  #[CLI\Argument(name: 'run', description: 'UUID of the run, or its beginning.')]
  #[CLI\Option(name: 'after', description: 'Only what came after the event with this number.')]
  #[CLI\Option(name: 'limit', description: 'At most so many events.')]
  #[CLI\FieldLabels(labels: [
    'seq' => 'Number',
    'time' => 'Time',
    'step' => 'Step',
    'type' => 'Type',
    'sentence' => 'What happened',
  ])]
  #[CLI\DefaultTableFields(fields: ['seq', 'time', 'step', 'sentence'])]
  public function logs(string $run, array $options = ['after' => '0', 'limit' => '1000', 'format' => 'table']): RowsOfFields {
    $found = $this->named->find($run);
    $items = $this->progress->items($found, max(0, (int) $options['after']), max(1, (int) $options['limit']));
    return new RowsOfFields(array_map(self::row(...), $items));
  }

  /**
   * Prints what a run does, as it happens, until the run ends.
   */
  #[CLI\Command(name: 'background-agents:tail', aliases: ['bga:tail'])]
  #[CLI\Argument(name: 'run', description: 'UUID of the run, or its beginning.')]
  #[CLI\Option(name: 'format', description: 'text, or json: one document a line.')]
  #[CLI\Option(name: 'after', description: 'Only what comes after the event with this number.')]
  #[CLI\Option(name: 'timeout', description: 'Seconds after which it stops, though the run goes on; 0: never.')]
  public function tail(string $run, array $options = ['format' => 'text', 'after' => '0', 'timeout' => '0']): int {
    $found = $this->named->find($run);
    if (!in_array($options['format'], ['text', 'json'], TRUE)) {
      throw new \InvalidArgumentException('--format is text or json.');
    }
    $seen = max(0, (int) $options['after']);
    $until = (int) $options['timeout'] > 0 ? time() + (int) $options['timeout'] : PHP_INT_MAX;
    while (TRUE) {
      $seen = $this->printed($found, $seen, $options['format'] === 'json');
      if ($found->isFinal() && $seen >= $found->getLastSeq()) {
        return self::EXIT_SUCCESS;
      }
      if (time() >= $until) {
        $this->logger()->warning('The run goes on.');
        return self::EXIT_FAILURE;
      }
      sleep($seen < $found->getLastSeq() ? 0 : 1);
      $found = $this->runs->load((int) $found->id()) ?? throw new \RuntimeException('The run was deleted.');
    }
  }

  /**
   * Prints what is new; returns up to which event it has read.
   */
  private function printed(Run $run, int $seen, bool $asJson): int {
    $items = $this->progress->items($run, $seen, self::PAGE);
    foreach ($items as $item) {
      $row = self::row($item);
      $this->output()->writeln($asJson ? (string) json_encode($row, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE) : "{$row['time']}  {$row['sentence']}");
    }
    // Events may have come since the run was read.
    return max(min($seen + self::PAGE, $run->getLastSeq()), ...array_column($items, 'seq'), ...[$seen]);
  }

  /**
   * A sentence as a row.
   */
  private static function row(ProgressItem $item): array {
    return [
      'seq' => $item->seq,
      'time' => gmdate('Y-m-d H:i:s', $item->time),
      'step' => $item->step,
      'type' => $item->type,
      'sentence' => PlainText::ofMarkup((string) $item->sentence),
    ];
  }

}
