<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent\Preflight;

/**
 * Where in the form of an agent a finding is put right.
 *
 * @internal
 */
enum Topic: string {

  case Content = 'content';
  case Moderation = 'moderation';
  case Fields = 'fields';
  case Permissions = 'permissions';

}
