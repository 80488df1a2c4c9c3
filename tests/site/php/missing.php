<?php

/**
 * @file
 * Prints what each agent's account lacks, as JSON.
 */

declare(strict_types=1);

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;

$accounts = \Drupal::service(AgentAccounts::class);
print json_encode(array_map($accounts->validate(...), Agent::loadMultiple()));
