<?php

declare(strict_types=1);

namespace Drupal\background_agents\Drush\Commands;

use Consolidation\OutputFormatters\StructuredData\RowsOfFields;
use Drupal\background_agents\Agent\AccountProvider;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drush\Attributes as CLI;
use Drush\Commands\AutowireTrait;
use Drush\Commands\DrushCommands;

/**
 * Sees to the accounts of agents after a deployment.
 *
 * @internal
 */
final class AccountsCommands extends DrushCommands {

  use AutowireTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountProvider $provider,
    private readonly AgentAccounts $accounts,
  ) {
    parent::__construct();
  }

  /**
   * Makes the accounts that agents lack here, and says what is missing.
   */
  #[CLI\Command(name: 'background-agents:accounts', aliases: ['bga:accounts'])]
  #[CLI\FieldLabels(labels: ['agent' => 'Agent', 'role' => 'Role', 'account' => 'Account', 'missing' => 'Missing'])]
  #[CLI\DefaultTableFields(fields: ['agent', 'role', 'account', 'missing'])]
  #[CLI\Usage(name: 'drush background-agents:accounts', description: 'After a deployment: each agent gets its account, with the role that its configuration names.')]
  public function accounts(array $options = ['format' => 'table']): RowsOfFields {
    $agents = $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple();
    return new RowsOfFields(array_map(fn (Agent $agent): array => [
      'agent' => $agent->id(),
      'role' => (string) $agent->getRole(),
      'account' => (string) $this->provider->provide($agent)?->getAccountName(),
      'missing' => implode(' ', $this->accounts->validate($agent)),
    ], $agents));
  }

}
