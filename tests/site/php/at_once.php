<?php

/**
 * @file
 * One of several people who decide at the same moment; prints JSON.
 *
 * Argument: JSON with `name` (of this process), `all` (how many processes
 * there are), `meeting` (a name for all of them), `as` (an account) and `deeds`: each is done when all
 * processes have come to it.
 */

declare(strict_types=1);

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\Choice;
use Drupal\background_agents\Review\Remarks;
use Drupal\background_agents\Review\Reviewer;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Review\Seen;
use Drupal\background_agents\Review\SendBack;
use Drupal\background_agents\Review\Undo\RunUndo;
use Drupal\background_agents\Review\Undo\UndoneItem;

$given = json_decode($extra[0], TRUE);
$meeting = \Drupal::keyValue("background_agents_test.{$given['meeting']}");

// Waits until all have come, half a minute at most.
$meet = static function (int $round) use ($given, $meeting): void {
  $meeting->set("$round.{$given['name']}", TRUE);
  $end = microtime(TRUE) + 60;
  while (count(array_filter(array_keys($meeting->getAll()), static fn (string $key): bool => str_starts_with($key, "$round."))) < $given['all']) {
    if (microtime(TRUE) > $end) {
      throw new \RuntimeException('Somebody did not come.');
    }
    usleep(500);
  }
};

\Drupal::service('account_switcher')->switchTo(user_load_by_name($given['as']));
$said = [];
foreach ($given['deeds'] as $round => $deed) {
  $change = isset($deed['change']) ? Change::load($deed['change']) : NULL;
  $seen = isset($deed['seen']) ? Seen::of($deed['seen']) : NULL;
  $meet($round);
  try {
    $done = match ($deed['do']) {
      'accept' => \Drupal::service(Reviewer::class)->accept($change, $seen, new Choice(), 'published'),
      'refuse' => \Drupal::service(Reviewer::class)->refuse($change, $seen, 'No.'),
      'send_back' => \Drupal::service(SendBack::class)->send($change->getRun(), Remarks::on($change, $deed['remark'], [], $seen)),
      'undo' => array_map(static fn (UndoneItem $item): string => $item->isDone ? 'done' : strip_tags((string) $item->sentence), \Drupal::service(RunUndo::class)->undo(Run::load($deed['run']))),
    };
    $said[] = is_array($done) ? $done : 'done';
  }
  catch (ReviewRefused $refused) {
    $said[] = strip_tags((string) $refused->sentence);
  }
}
print json_encode($said);
