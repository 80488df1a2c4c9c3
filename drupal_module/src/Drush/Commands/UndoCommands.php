<?php

declare(strict_types=1);

namespace Drupal\background_agents\Drush\Commands;

use Consolidation\OutputFormatters\StructuredData\RowsOfFields;
use Drupal\background_agents\Drush\ActingPerson;
use Drupal\background_agents\Drush\PlainText;
use Drupal\background_agents\Review\Undo\PlannedField;
use Drupal\background_agents\Review\Undo\PlannedItem;
use Drupal\background_agents\Review\Undo\RunUndo;
use Drupal\background_agents\Review\Undo\UndoneItem;
use Drupal\background_agents\Run\RunStore;
use Drupal\user\UserInterface;
use Drush\Attributes as CLI;
use Drush\Commands\AutowireTrait;
use Drush\Commands\DrushCommands;
use Drush\Exceptions\UserAbortException;

/**
 * Undoes runs as a person.
 *
 * @internal
 */
final class UndoCommands extends DrushCommands {

  use AutowireTrait;

  public function __construct(
    private readonly ActingPerson $people,
    private readonly RunStore $runs,
    private readonly RunUndo $undo,
  ) {
    parent::__construct();
  }

  /**
   * Undoes what a run did, as far as a person may; tells before what happens.
   */
  #[CLI\Command(name: 'background-agents:undo', aliases: ['bga:undo'])]
  #[CLI\Argument(name: 'run', description: 'UUID of the run.')]
  #[CLI\Option(name: 'as', description: 'Who undoes it: name or id of an account, whose rights hold.')]
  #[CLI\Option(name: 'note', description: 'Why, for those who read the history later.')]
  #[CLI\Option(name: 'plan', description: 'Only tells what would happen.')]
  #[CLI\FieldLabels(labels: [
    'item' => 'Item',
    'label' => 'Label',
    'what' => 'What',
    'fields' => 'Fields',
    'done' => 'Done',
    'why' => 'Why',
  ])]
  #[CLI\DefaultTableFields(fields: ['item', 'label', 'what', 'fields', 'done', 'why'])]
  #[CLI\Usage(name: 'drush background-agents:undo 3f0c5a1e-6d2b-4c8f-9a37-0b1c2d3e4f50 --as=edith --plan --format=json', description: 'What Edith would bring back.')]
  public function undo(string $run, array $options = [
    'as' => self::REQ,
    'note' => '',
    'plan' => FALSE,
    'format' => 'table',
  ]): RowsOfFields {
    $found = $this->runs->byUuid($run) ?? throw new \InvalidArgumentException("There is no run $run.");
    return $this->people->do($options['as'], function (UserInterface $person) use ($found, $options): RowsOfFields {
      if (!$found->access('undo', $person)) {
        throw new \RuntimeException('This person may not undo the run, or it has not ended.');
      }
      $plan = array_map(self::planned(...), $this->undo->plan($found)->items);
      if ($options['plan']) {
        return new RowsOfFields($plan);
      }
      foreach ($plan as $row) {
        $this->logger()->notice("{$row['item']} \"{$row['label']}\": {$row['what']}" . ($row['fields'] === '' ? '' : " ({$row['fields']})") . ($row['why'] === '' ? '' : ": {$row['why']}"));
      }
      // Where nobody is asked, nothing but the result is printed.
      if (!$this->input()->getOption('yes') && !$this->io()->confirm('Undo the run?', FALSE)) {
        throw new UserAbortException();
      }
      return new RowsOfFields(array_map(static fn (UndoneItem $item): array => [
        'done' => $item->isDone ? 'yes' : 'no',
        'why' => PlainText::of(html_entity_decode(strip_tags((string) $item->sentence), ENT_QUOTES | ENT_HTML5)),
      ] + ($plan[$item->key] ?? ['item' => $item->key]), $this->undo->undo($found, trim((string) $options['note']))));
    });
  }

  /**
   * What would be done with an item.
   *
   * @return array<string, string>
   *   Values by name.
   */
  private static function planned(PlannedItem $item): array {
    return [
      'item' => $item->key,
      'label' => PlainText::of($item->last()->getTargetLabel()),
      'what' => $item->deed->value . ($item->pending === [] ? '' : ', refuse drafts'),
      'fields' => implode(', ', array_map(static fn (PlannedField $field): string => "{$field->name}: {$field->verdict->value}", $item->fields)),
      'done' => '',
      'why' => PlainText::of($item->why),
    ];
  }

}
