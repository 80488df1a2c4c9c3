<?php

declare(strict_types=1);

namespace Drupal\background_agents\Drush\Commands;

use Consolidation\OutputFormatters\StructuredData\PropertyList;
use Consolidation\OutputFormatters\StructuredData\RowsOfFields;
use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Drush\ActingPerson;
use Drupal\background_agents\Drush\DraftRecord;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Choice;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\background_agents\Review\Remarks;
use Drupal\background_agents\Review\Reviewer;
use Drupal\background_agents\Review\Seen;
use Drupal\background_agents\Review\SendBack;
use Drupal\background_agents\Review\Transitions;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\user\UserInterface;
use Drush\Attributes as CLI;
use Drush\Commands\AutowireTrait;
use Drush\Commands\DrushCommands;

/**
 * Lists agents' drafts, and decides about them as a person.
 *
 * @internal
 */
final class ReviewCommands extends DrushCommands {

  use AutowireTrait;

  public const array LABELS = [
    'id' => 'Id',
    'uuid' => 'UUID',
    'status' => 'Status',
    'agent' => 'Agent',
    'run' => 'Run',
    'operation' => 'Operation',
    'entity_type' => 'Entity type',
    'bundle' => 'Bundle',
    'entity_id' => 'Entity id',
    'langcode' => 'Language',
    'label' => 'Label',
    'summary' => 'Summary',
    'created' => 'Created',
    'decided' => 'Decided',
    'decided_by' => 'Decided by',
    'reason' => 'Reason',
    'outcome' => 'Outcome',
    'seen' => 'Seen',
    'differences' => 'Differences',
  ];

  public function __construct(
    private readonly ActingPerson $people,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly DraftRecord $records,
    private readonly DraftVersions $versions,
    private readonly Transitions $transitions,
    private readonly Reviewer $reviewer,
    private readonly SendBack $sendBack,
  ) {
    parent::__construct();
  }

  /**
   * Lists agents' drafts of content that a person may edit, the oldest first.
   */
  #[CLI\Command(name: 'background-agents:review', aliases: ['bga:review'])]
  #[CLI\Option(name: 'as', description: 'Who looks: name or id of an account, whose rights hold.')]
  #[CLI\Option(name: 'status', description: 'pending, accepted, rejected, superseded or discarded; "all" for all of them.')]
  #[CLI\Option(name: 'agent', description: 'Only of this agent.')]
  #[CLI\Option(name: 'type', description: 'Only of this entity type.')]
  #[CLI\Option(name: 'langcode', description: 'Only in this language.')]
  #[CLI\Option(name: 'limit', description: 'At most so many.')]
  #[CLI\FieldLabels(labels: self::LABELS)]
  #[CLI\DefaultTableFields(fields: ['id', 'status', 'agent', 'label', 'langcode', 'summary', 'created'])]
  #[CLI\Usage(name: 'drush background-agents:review --as=edith --agent=writer --format=json', description: 'What waits for Edith of the agent "writer".')]
  public function review(array $options = [
    'as' => self::REQ,
    'status' => Change::PENDING,
    'agent' => self::REQ,
    'type' => self::REQ,
    'langcode' => self::REQ,
    'limit' => '50',
    'format' => 'table',
  ]): RowsOfFields {
    if ($options['status'] !== 'all' && !isset(Change::statusLabels()[$options['status']])) {
      throw new \InvalidArgumentException('--status is one of ' . implode(', ', array_keys(Change::statusLabels())) . ' or all.');
    }
    return $this->people->do($options['as'], function () use ($options): RowsOfFields {
      $storage = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE);
      $query = $storage->getQuery()->accessCheck(TRUE)->sort('id')->range(0, max(1, (int) $options['limit']));
      $filters = array_filter([
        'status' => $options['status'] === 'all' ? NULL : $options['status'],
        'agent' => $options['agent'],
        'target_type' => $options['type'],
        'target_langcode' => $options['langcode'],
      ]);
      foreach ($filters as $field => $value) {
        $query->condition($field, $value);
      }
      return new RowsOfFields(array_map($this->records->row(...), $storage->loadMultiple($query->execute())));
    });
  }

  /**
   * Shows a draft with its differences: [+added+], [-removed-].
   */
  #[CLI\Command(name: 'background-agents:draft', aliases: ['bga:draft'])]
  #[CLI\Argument(name: 'draft', description: 'Id or UUID of the draft.')]
  #[CLI\Option(name: 'as', description: 'Who looks: name or id of an account, whose rights hold.')]
  #[CLI\FieldLabels(labels: self::LABELS)]
  public function draft(string $draft, array $options = ['as' => self::REQ, 'format' => 'table']): PropertyList {
    return $this->people->do($options['as'], function (UserInterface $person) use ($draft): PropertyList {
      $change = $this->change($draft);
      if (!$change->access('review', $person) && !$change->access('view', $person)) {
        throw new \RuntimeException('This person may not see the draft.');
      }
      return new PropertyList($this->records->whole($change));
    });
  }

  /**
   * Accepts a draft, or some of its fields, as a person.
   */
  #[CLI\Command(name: 'background-agents:accept', aliases: ['bga:accept'])]
  #[CLI\Argument(name: 'draft', description: 'Id or UUID of the draft.')]
  #[CLI\Option(name: 'as', description: 'Who accepts: name or id of an account, whose rights hold.')]
  #[CLI\Option(name: 'state', description: 'The moderation state to bring it to. Without: the first one that publishes.')]
  #[CLI\Option(name: 'only', description: 'Names of the fields that are accepted, with commas between. Without: all.')]
  #[CLI\Option(name: 'keep-rest', description: 'What is not accepted stays as a draft of the agent; else it is refused.')]
  #[CLI\Option(name: 'seen', description: 'What "draft" told as seen: nothing is done when somebody changed the content since.')]
  #[CLI\FieldLabels(labels: self::LABELS)]
  #[CLI\Usage(name: 'drush background-agents:accept 12 --as=edith --only=title', description: 'Publishes the title; the rest is refused.')]
  public function accept(string $draft, array $options = [
    'as' => self::REQ,
    'state' => self::REQ,
    'only' => self::REQ,
    'keep-rest' => FALSE,
    'seen' => self::REQ,
    'format' => 'table',
  ]): PropertyList {
    return $this->decide($draft, $options, function (Change $change, Seen $seen, UserInterface $person) use ($options): void {
      $newest = $this->versions->newest($change);
      $states = $newest === NULL ? [] : $this->transitions->of($newest, $person);
      $only = $options['only'] === NULL ? NULL : array_fill_keys(array_filter(array_map(trim(...), explode(',', $options['only']))), TRUE);
      $unknown = array_diff_key($only ?? [], $change->getOwnValues()['after'] ?? []);
      if ($only === [] || $unknown !== []) {
        throw new \InvalidArgumentException('--only names fields that the agent set: ' . implode(', ', array_keys($change->getOwnValues()['after'] ?? [])) . '.');
      }
      $this->reviewer->accept($change, $seen, new Choice($only, (bool) $options['keep-rest']), $options['state'] ?? (array_key_first($states) === NULL ? NULL : (string) array_key_first($states)));
    });
  }

  /**
   * Refuses a draft as a person.
   */
  #[CLI\Command(name: 'background-agents:refuse', aliases: ['bga:refuse'])]
  #[CLI\Argument(name: 'draft', description: 'Id or UUID of the draft.')]
  #[CLI\Option(name: 'as', description: 'Who refuses: name or id of an account, whose rights hold.')]
  #[CLI\Option(name: 'reason', description: 'Why, for those who read the history, and for the measure of the agent.')]
  #[CLI\Option(name: 'seen', description: 'What "draft" told as seen: nothing is done when somebody changed the content since.')]
  #[CLI\FieldLabels(labels: self::LABELS)]
  public function refuse(string $draft, array $options = [
    'as' => self::REQ,
    'reason' => '',
    'seen' => self::REQ,
    'format' => 'table',
  ]): PropertyList {
    return $this->decide($draft, $options, function (Change $change, Seen $seen) use ($options): void {
      $this->reviewer->refuse($change, $seen, trim((string) $options['reason']));
    });
  }

  /**
   * Sends a draft back to its agent with remarks, as a person.
   */
  #[CLI\Command(name: 'background-agents:send-back', aliases: ['bga:send-back'])]
  #[CLI\Argument(name: 'draft', description: 'Id or UUID of the draft.')]
  #[CLI\Option(name: 'as', description: 'Who sends it back: name or id of an account, whose rights hold.')]
  #[CLI\Option(name: 'remark', description: 'What is said about the whole.')]
  #[CLI\Option(name: 'field-remark', description: 'What is said about a field, as NAME:TEXT. May be given several times.')]
  #[CLI\Option(name: 'seen', description: 'What "draft" told as seen: nothing is done when somebody changed the content since.')]
  #[CLI\FieldLabels(labels: self::LABELS)]
  #[CLI\Usage(name: "drush background-agents:send-back 12 --as=edith --remark='Too long.' --field-remark='title:No adjectives.'", description: 'The agent works on it again.')]
  public function sendBack(string $draft, array $options = [
    'as' => self::REQ,
    'remark' => '',
    'field-remark' => [],
    'seen' => self::REQ,
    'format' => 'table',
  ]): PropertyList {
    $fields = [];
    foreach ((array) $options['field-remark'] as $said) {
      [$name, $text] = explode(':', (string) $said, 2) + [1 => NULL];
      if ($text === NULL || trim($name) === '') {
        throw new \InvalidArgumentException('--field-remark is NAME:TEXT, such as --field-remark="title:No adjectives."');
      }
      $fields[trim($name)] = trim($text);
    }
    return $this->decide($draft, $options, function (Change $change, Seen $seen) use ($options, $fields): void {
      $run = $change->getRun() ?? throw new \RuntimeException('The run of this draft is not there any more.');
      $this->sendBack->send($run, Remarks::on($change, (string) $options['remark'], $fields, $seen));
    });
  }

  /**
   * Decides as a person, and tells what the draft is by now.
   */
  private function decide(string $draft, array $options, callable $work): PropertyList {
    return $this->people->do($options['as'], function (UserInterface $person) use ($draft, $options, $work): PropertyList {
      $change = $this->change($draft);
      $seen = $options['seen'] === NULL ? $this->versions->seen($change) : Seen::of((string) $options['seen']);
      if ($seen === NULL) {
        throw new \RuntimeException($options['seen'] === NULL ? 'The content of this draft is not there any more.' : '--seen is what "background-agents:draft" tells, such as 12.11.');
      }
      $work($change, $seen, $person);
      return new PropertyList($this->records->row($this->change((string) $change->id())));
    });
  }

  private function change(string $id): Change {
    $storage = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE);
    $found = $storage->loadByProperties(ctype_digit($id) ? ['id' => $id] : ['uuid' => $id]);
    $change = reset($found) ? $storage->loadUnchanged(reset($found)->id()) : NULL;
    return $change instanceof Change ? $change : throw new \InvalidArgumentException("There is no draft $id.");
  }

}
