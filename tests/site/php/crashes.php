<?php

/**
 * @file
 * Kills processes before each statement of a decision; prints JSON.
 *
 * Argument: JSON with `deed` (send_back, begin, undo, accept or refuse), `as`
 * (an account), `change` (an id) or `run` (an id). Each try is a process of its
 * own, with a connection of its own; the last one comes to the deed's end.
 */

declare(strict_types=1);

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Review\BulkDecision;
use Drupal\background_agents\Review\DraftVersions;
use Drupal\background_agents\Review\LeftRounds;
use Drupal\background_agents\Review\Remarks;
use Drupal\background_agents\Review\SendBack;
use Drupal\background_agents\Review\Undo\RunUndo;
use Drupal\Core\Database\Database;
use Drupal\Core\Database\Event\StatementExecutionStartEvent;

$given = json_decode($extra[0], TRUE);

// What is done in one try.
$work = static function () use ($given): void {
  \Drupal::service('account_switcher')->switchTo(user_load_by_name($given['as']));
  $change = isset($given['change']) ? Change::load($given['change']) : NULL;
  match ($given['deed']) {
    'send_back' => \Drupal::service(SendBack::class)->send($change->getRun(), Remarks::on($change, $given['remark'])),
    'begin' => \Drupal::service(LeftRounds::class)->begin(),
    'undo' => \Drupal::service(RunUndo::class)->undo(Run::load($given['run'])),
    default => \Drupal::service(BulkDecision::class)->decide((int) $change->id(), $given['deed'], \Drupal::service(DraftVersions::class)->seen($change), 'published', 'No.'),
  };
};

// Runs something in a process; whether it came to its end.
$process = static function (callable $work, ?int $dies = NULL): bool {
  // What both have open stays so: neither says goodbye to the server.
  $shared = Database::getConnection();
  $process = pcntl_fork();
  if ($process === 0) {
    Database::closeConnection();
    \Drupal::service('kernel')->resetContainer();
    $statements = 0;
    if ($dies !== NULL) {
      Database::getConnection()->enableEvents([StatementExecutionStartEvent::class]);
      \Drupal::service('event_dispatcher')->addListener(StatementExecutionStartEvent::class, static function () use (&$statements, $dies): void {
        if ($statements++ === $dies) {
          posix_kill(getmypid(), SIGKILL);
        }
      });
    }
    try {
      $work();
    }
    catch (\Throwable $error) {
      fwrite(STDERR, get_class($error) . ': ' . $error->getMessage() . "\n");
      posix_kill(getmypid(), SIGXCPU);
    }
    posix_kill(getmypid(), SIGHUP);
  }
  pcntl_waitpid($process, $status);
  assert($shared === Database::getConnection());
  $signal = pcntl_wtermsig($status);
  if (!in_array($signal, [SIGKILL, SIGHUP], TRUE)) {
    throw new \RuntimeException("A try ended with signal $signal.");
  }
  return $signal === SIGHUP;
};

// Waits until the server has rolled back what the killed process began.
$settled = static function (): void {
  for ($tries = 0; $tries < 500; $tries++) {
    if ((int) Database::getConnection()->query('SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID() AND command <> :sleep', [':sleep' => 'Sleep'])->fetchField() === 0) {
      return;
    }
    usleep(10000);
  }
};

$stages = [];
for ($dies = 0; $dies < 3000; $dies += $given['stride'] ?? 1) {
  $isDone = $process($work, $dies);
  $settled();
  $database = Database::getConnection();
  $stage = match ($given['deed']) {
    'send_back' => 'sent ' . $database->query('SELECT COUNT(*) FROM {background_agents_sent_back} WHERE run = :id', [':id' => Change::load($given['change'])->getRunId()])->fetchField(),
    'begin' => 'generation ' . $database->query('SELECT generation FROM {background_agents_run} WHERE id = :id', [':id' => $given['run']])->fetchField(),
    'undo' => 'undone ' . $database->query("SELECT COUNT(*) FROM {background_agents_audit} WHERE action = 'undo'")->fetchField(),
    default => (string) $database->query('SELECT status FROM {background_agents_change} WHERE id = :id', [':id' => $given['change']])->fetchField(),
  };
  $stages[$stage] = ($stages[$stage] ?? 0) + 1;
  if ($isDone || $stage === ($given['until'] ?? NULL)) {
    break;
  }
}
print json_encode(['stages' => $stages, 'tries' => $dies, 'ended' => $isDone]);
