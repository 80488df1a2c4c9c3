<?php

declare(strict_types=1);

namespace Drupal\background_agents\Drush\Commands;

use Drupal\background_agents\Audit\PersonExport;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\user\UserInterface;
use Drush\Attributes as CLI;
use Drush\Commands\AutowireTrait;
use Drush\Commands\DrushCommands;

/**
 * Gives people a copy of what is kept of them.
 *
 * @internal
 */
final class PersonCommands extends DrushCommands {

  use AutowireTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly PersonExport $export,
  ) {
    parent::__construct();
  }

  /**
   * Prints all that is kept of a person: runs, decisions, reasons, notices.
   */
  #[CLI\Command(name: 'background-agents:export-person', aliases: ['bga:export-person'])]
  #[CLI\Argument(name: 'person', description: 'Name or id of the account.')]
  #[CLI\Option(name: 'timelines', description: 'With all that happened in the runs.')]
  #[CLI\Usage(name: 'drush background-agents:export-person erika --format=json', description: 'A copy for Erika.')]
  public function export(string $person, array $options = ['format' => 'json', 'timelines' => FALSE]): array {
    $storage = $this->entityTypeManager->getStorage('user');
    $found = $storage->loadByProperties(['name' => $person]) ?: array_filter([ctype_digit($person) ? $storage->load($person) : NULL]);
    $account = reset($found);
    if (!$account instanceof UserInterface || $account->isAnonymous()) {
      throw new \InvalidArgumentException(dt('There is no account "@person".', ['@person' => $person]));
    }
    return $this->export->of($account, (bool) $options['timelines']);
  }

}
