<?php

/**
 * @file
 * Makes what a large site is multiplied from, and explains queries; prints JSON.
 *
 * Argument: "given", or "explain" and the name of an account.
 */

declare(strict_types=1);

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\Core\Database\Database;
use Drupal\node\Entity\Node;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;
use Drupal\views\Views;

$text = '<p>The town hall opens at nine and closes at five, on Saturdays at noon. It was built in 1871 of the red stone of the valley, by people who had seen better ones.</p>';

$account = static function (string $name, array $permissions): User {
  $role = Role::load($name) ?? Role::create(['id' => $name, 'label' => $name]);
  $role->set('permissions', [...$permissions, 'access content', 'access administration pages', 'access toolbar', 'access content overview', 'view the administration theme'])->save();
  $user = user_load_by_name($name) ?: User::create(['name' => $name, 'status' => 1]);
  $user->set('roles', [$name])->setPassword($name)->save();
  return $user;
};

$given = static function () use ($account, $text): array {
  $review = ['review background agent drafts', 'use editorial transition create_new_draft', 'use editorial transition publish', 'view any unpublished content', 'view latest version'];
  $accounts = [
    'load_any' => $account('load_any', [...$review, 'edit any article content']),
    'load_own' => $account('load_own', [...$review, 'edit own article content']),
    'load_none' => $account('load_none', [...$review, 'edit own article content']),
    'load_grants' => $account('load_grants', $review),
    'load_own_runs' => $account('load_own_runs', ['view own background agent runs']),
    'load_runs' => $account('load_runs', ['view any background agent run', 'manage any background agent run']),
  ];
  foreach (range(1, 5) as $number) {
    if (Agent::load("load_$number") === NULL) {
      Agent::create(['id' => "load_$number", 'label' => "Load $number", 'status' => FALSE, 'definition' => ['system_prompt' => 'x', 'tools' => ['revise_draft']], 'binding' => ['model' => 'scripted:test', 'content' => ['node' => ['article' => ['read', 'revise']]]], 'role' => 'load_any'])->save();
    }
  }
  $body = static fn (string $more): array => ['value' => str_repeat($text, 8) . $more, 'format' => 'basic_html'];
  $node = Node::create(['type' => 'article', 'title' => 'Load', 'uid' => 1, 'moderation_state' => 'published', 'body' => $body('')]);
  $node->save();
  $published = (int) $node->getRevisionId();
  $draft = \Drupal::entityTypeManager()->getStorage('node')->createRevision($node, FALSE);
  $draft->set('body', $body('<p>It is new.</p>'))->set('moderation_state', 'draft')->save();
  $run = Run::create(['agent' => 'load_1', 'agent_label' => 'Load 1', 'account' => $accounts['load_any']->uuid(), 'uid' => 1, 'trigger_type' => 'content', 'state' => 'completed', 'target_type' => 'node', 'target_bundle' => 'article', 'target_uuid' => $node->uuid(), 'target_id' => $node->id(), 'target_label' => 'Load', 'attempt' => 1, 'generation' => 1, 'last_seq' => 50, 'started' => time(), 'finished' => time(), 'updated' => time()]);
  $run->save();
  \Drupal::database()->insert('background_agents_run_data')->fields(['run' => $run->id(), 'input' => '{"topic":"the town hall"}', 'output' => '{"done":true}'])->execute();
  $change = Change::create(['run' => $run->id(), 'agent' => 'load_1', 'target_type' => 'node', 'target_bundle' => 'article', 'target_uuid' => $node->uuid(), 'target_id' => $node->id(), 'target_langcode' => 'en', 'target_label' => 'Load', 'target_revision' => $draft->getRevisionId(), 'base_revision' => $published, 'operation' => 'revise', 'moderation_state' => 'draft', 'summary' => 'The opening hours had changed, so I brought the text up to date.', 'prints' => '{"fields":{},"own":["body"]}', 'own_values' => json_encode(['before' => ['body' => [$body('')]], 'after' => ['body' => [$body('<p>It is new.</p>')]]]), 'effect_key' => str_repeat('0', 64), 'generation' => 1, 'status' => Change::PENDING]);
  if ($change->hasField('differences')) {
    $change->set('differences', '[{"field":"body","kind":"words","count":3}]');
  }
  $change->save();
  return ['node' => (int) $node->id(), 'published' => $published, 'draft' => (int) $draft->getRevisionId(), 'run' => (int) $run->id(), 'change' => (int) $change->id(), 'owner' => (int) $accounts['load_own']->id()];
};

$plans = static function (string $ours): array {
  $plans = [];
  foreach (Database::getLog('explain') as $query) {
    if (str_starts_with($query['query'], 'SELECT') && preg_match($ours, $query['query'])) {
      $plans[] = ['query' => preg_replace('/\s+/', ' ', $query['query']), 'milliseconds' => round(1000 * $query['time'], 1), 'plan' => \Drupal::database()->query('EXPLAIN ' . $query['query'], $query['args'])->fetchAll(\PDO::FETCH_ASSOC)];
    }
  }
  return $plans;
};

// The list of runs in each order and with each filter, an agent's report, cost.
$reports = static function (): void {
  foreach ([[], ['state' => 'failed'], ['agent' => 'load_2'], ['search' => 'nowhere'], ['order' => 'run_cost', 'sort' => 'desc'], ['order' => 'run_link'], ['order' => 'run_state']] as $input) {
    $view = \Drupal::service('Drupal\background_agents\Run\RunListPage')->view();
    $view->setExposedInput($input);
    \Drupal::request()->query->replace($input);
    $view->execute();
  }
  $weeks = \Drupal::service('Drupal\background_agents\Activity\SiteWeeks')->last(52);
  $runs = \Drupal::service('Drupal\background_agents\Activity\RunTally');
  $runs->weeks('load_2', $weeks);
  $runs->failures('load_2', $weeks->since(), 20);
  $runs->last('load_2', 10);
  \Drupal::service('Drupal\background_agents\Activity\CostTally')->weeks('load_2', $weeks);
};

$explain = static function (string $name) use ($plans, $reports): array {
  \Drupal::service('account_switcher')->switchTo(user_load_by_name($name));
  Database::startLog('explain');
  if (in_array($name, ['load_runs', 'load_own_runs'], TRUE)) {
    $reports();
    return $plans('/FROM\s+"?\{?background_agents_(run|change|spent)"?/');
  }
  $view = Views::getView('background_agents_drafts');
  $view->setDisplay('page_1');
  $view->execute();
  \Drupal::service('Drupal\background_agents\Review\WaitingDrafts')->count(\Drupal::currentUser());
  return $plans('/FROM\s+"?\{?background_agents_change"?|FROM\s+\(SELECT/');
};

print json_encode($extra[0] === 'given' ? $given() : $explain($extra[1]));
