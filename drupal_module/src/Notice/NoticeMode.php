<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

/**
 * How a person gets notices of a kind by mail. On the page they get all.
 *
 * @internal
 */
enum NoticeMode: string {

  // With the next mail, of which there is at most one in a while.
  case Now = 'now';
  // With the mail of the day.
  case Digest = 'digest';
  // Not by mail.
  case Never = 'never';

}
