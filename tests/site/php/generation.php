<?php

/**
 * @file
 * Puts a run into another generation and prints its new token as JSON.
 */

declare(strict_types=1);

use Drupal\background_agents\Access\RunToken;
use Drupal\background_agents\Sidecar\SiteSecrets;

[$id, $generation] = array_map(intval(...), $extra);
\Drupal::database()->update('background_agents_run')->fields(['generation' => $generation])->condition('id', $id)->execute();
$run = \Drupal::entityTypeManager()->getStorage('background_agents_run')->load($id);
\Drupal::database()->update('background_agents_outbox')->fields(['generation' => $generation])->condition('run', $run->uuid())->execute();
$secret = \Drupal::service(SiteSecrets::class)->all()[0];
print json_encode(['token' => RunToken::issue($secret, $run->uuid(), $generation, $run->getAccountUuid())]);
