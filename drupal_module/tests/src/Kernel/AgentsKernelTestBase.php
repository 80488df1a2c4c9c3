<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Install\Tables;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Drupal\Core\Session\AccountInterface;
use Drupal\KernelTests\KernelTestBase;
use Drupal\node\Entity\Node;
use Drupal\node\Entity\NodeType;
use Drupal\node\NodeInterface;
use Drupal\Tests\user\Traits\UserCreationTrait;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;
use Drupal\user\UserInterface;
use Drupal\workflows\Entity\Workflow;

/**
 * A site with moderated articles, unmoderated pages, and an agent "writer".
 */
abstract class AgentsKernelTestBase extends KernelTestBase {

  use FieldCreation;
  use UserCreationTrait;

  protected const string SECRET = 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz';

  /**
   * What the role of the agent may do; never more than to leave drafts.
   */
  protected const array WRITER = [
    'access content', 'create article content', 'edit any article content', 'delete any article content', 'create page content',
    'edit any page content', 'translate any entity', 'use editorial transition create_new_draft', 'view any unpublished content',
    'view latest version', 'view all revisions',
  ];

  /**
   * {@inheritdoc}
   */
  protected static $modules = [
    'system', 'user', 'node', 'field', 'text', 'filter', 'options', 'file', 'serialization', 'jsonapi', 'language',
    'workflows', 'content_moderation', 'background_agents',
  ];

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->setSetting('background_agents', ['secrets' => [static::SECRET]]);
    foreach (['user', 'node', 'file', 'content_moderation_state', 'background_agents_run', 'background_agents_change'] as $type) {
      $this->installEntitySchema($type);
    }
    $this->installSchema('user', ['users_data']);
    $this->installSchema('node', ['node_access']);
    $this->installSchema('background_agents', array_keys(Tables::all()));
    $this->installConfig(['system', 'user', 'filter', 'node', 'language', 'content_moderation', 'background_agents']);
    NodeType::create(['type' => 'article', 'name' => 'Article', 'new_revision' => TRUE])->save();
    NodeType::create(['type' => 'page', 'name' => 'Page', 'new_revision' => TRUE])->save();
    $workflow = Workflow::create(['id' => 'editorial', 'label' => 'Editorial', 'type' => 'content_moderation']);
    $workflow->getTypePlugin()->addEntityTypeAndBundle('node', 'article');
    $workflow->save();
    // User 1 may everything: nobody else is to be it.
    $this->createUser([], 'root', FALSE, ['uid' => 1]);
    $this->role('writer', static::WRITER, TRUE);
  }

  /**
   * A role; marked as agent role, if it is one.
   */
  protected function role(string $id, array $permissions, bool $isAgentRole = FALSE): Role {
    $role = Role::create(['id' => $id, 'label' => $id, 'permissions' => $permissions]);
    if ($isAgentRole) {
      $role->setThirdPartySetting('background_agents', AgentAccounts::SETTING, TRUE);
    }
    $role->save();
    return $role;
  }

  protected function account(string $name, string ...$roles): UserInterface {
    $account = User::create(['name' => $name, 'mail' => "$name@example.com", 'status' => 1, 'roles' => $roles]);
    $account->save();
    return $account;
  }

  /**
   * An agent with its account, which has the role "writer" or another one.
   */
  protected function agent(string $id = 'writer', array $binding = [], string $role = 'writer', array $values = []): Agent {
    $agent = Agent::create($values + [
      'id' => $id,
      'label' => ucfirst($id),
      'definition' => ['system_prompt' => 'Write.', 'tools' => ['create_draft', 'revise_draft']],
      'binding' => $binding + ['model' => 'scripted:test', 'content' => ['node' => ['article' => ['read', 'create', 'revise']]]],
      'role' => $role,
    ]);
    $agent->save();
    \Drupal::service(AccountMarks::class)->assign($agent, $this->account("agent_$id", $role));
    return $agent;
  }

  /**
   * A run of an agent that a worker has, in its first attempt.
   */
  protected function running(Agent $agent, array $values = []): Run {
    $run = Run::create($values + [
      'agent' => $agent->id(),
      'agent_label' => $agent->label(),
      'account' => $this->accountOf($agent)->uuid(),
      'state' => 'running',
      'trigger_type' => 'cron',
      'attempt' => 1,
      'generation' => 1,
      'updated' => \Drupal::time()->getCurrentTime(),
    ]);
    $run->save();
    if (!$run->isFinal()) {
      \Drupal::database()->insert('background_agents_outbox')->fields([
        'run' => $run->uuid(),
        'status' => 1,
        'available_at' => 0,
        'attempt' => $run->getAttempt(),
        'generation' => $run->getGeneration(),
        'claimed_by' => 'test',
        'claimed_until' => 2000000000,
        'job' => '{}',
        'created' => 0,
      ])->execute();
    }
    return $run;
  }

  /**
   * Ends a run as a report of the sidecar does.
   */
  protected function finish(Run $run, RunState $state = RunState::Completed, string $reason = 'finished'): void {
    $this->assertTrue(\Drupal::service(RunFinisher::class)->finish($run->uuid(), $state, $reason));
  }

  protected function accountOf(Agent $agent): UserInterface {
    return \Drupal::service(AccountMarks::class)->account($agent);
  }

  /**
   * Does something in the request of a run, as its account.
   */
  protected function inRun(Run $run, callable $work): mixed {
    $context = \Drupal::service(RunContext::class);
    $context->enter($run);
    try {
      return $this->as(\Drupal::service(AgentAccounts::class)->load($run->getAccountUuid()), $work);
    }
    finally {
      $context->leave();
    }
  }

  /**
   * Does something as an account.
   */
  protected function as(AccountInterface $account, callable $work): mixed {
    $switcher = \Drupal::service('account_switcher');
    $switcher->switchTo($account);
    try {
      return $work();
    }
    finally {
      $switcher->switchBack();
    }
  }

  protected function article(array $values = []): NodeInterface {
    $article = Node::create($values + ['type' => 'article', 'title' => 'Bread', 'moderation_state' => 'published', 'uid' => 1]);
    $article->save();
    return $this->stored($article);
  }

  /**
   * The default revision, as the database has it.
   */
  protected function stored(NodeInterface $node): NodeInterface {
    return \Drupal::entityTypeManager()->getStorage('node')->loadUnchanged($node->id());
  }

  /**
   * The newest revision.
   */
  protected function latest(NodeInterface $node): NodeInterface {
    $storage = \Drupal::entityTypeManager()->getStorage('node');
    $storage->resetCache([$node->id()]);
    return $storage->loadRevision($storage->getLatestRevisionId($node->id()));
  }

  protected function rows(string $table, array $conditions = []): int {
    $query = \Drupal::database()->select("background_agents_$table", 't');
    foreach ($conditions as $column => $value) {
      $query->condition($column, $value);
    }
    return (int) $query->countQuery()->execute()->fetchField();
  }

}
