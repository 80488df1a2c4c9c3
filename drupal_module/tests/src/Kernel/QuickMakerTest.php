<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Preset\FittingContent;
use Drupal\background_agents\Preset\PresetManager;
use Drupal\background_agents\Quick\PermissionHolders;
use Drupal\background_agents\Quick\QuickChoice;
use Drupal\background_agents\Quick\QuickMaker;
use Drupal\background_agents\Quick\QuickPlan;
use Drupal\background_agents\Quick\QuickPlanner;
use Drupal\background_agents\Quick\QuickRefused;
use Drupal\Core\Session\AccountInterface;
use Drupal\filter\Entity\FilterFormat;
use Drupal\node\Entity\NodeType;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;
use Drupal\workflows\Entity\Workflow;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * What is made of the quick form's answers, by people with more or less rights.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class QuickMakerTest extends AgentsKernelTestBase {

  /**
   * What an agent for articles needs, so who makes it, too.
   */
  private const array HANDED_ON = [
    'access content', 'edit any article content', 'view latest version', 'view any unpublished content', 'view all revisions',
    'use editorial transition create_new_draft', 'use text format basic',
  ];

  private const array REVIEWING = ['review background agent drafts', 'use editorial transition publish'];

  private const array BUILDING = ['administer background agents', 'administer users', 'administer permissions', 'administer workflows'];

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    FilterFormat::create(['format' => 'basic', 'name' => 'Basic'])->save();
    $this->field('body', 'text_long');
    $this->field('body', 'text_long', 'page');
    $this->article(['body' => ['value' => 'Text', 'format' => 'basic']]);
    $this->role('editor', ['access content', 'create page content', 'edit own page content', 'edit any article content']);
  }

  /**
   * With all rights all of it is made, and the account can do its work.
   */
  public function testAllRights(): void {
    $plan = $this->plan($builder = $this->builder(), $choice = $this->choice(['reviewers' => 'editor']));
    $this->assertSame([TRUE, []], [$plan->works, $plan->left]);
    $agent = $this->make($builder, $choice, $plan);
    $this->assertTrue($agent->status());
    $this->assertSame([], \Drupal::service(AgentAccounts::class)->validate($agent));
    $this->assertSame(['node' => ['article' => ['read', 'revise']]], $agent->getContent());
    $this->assertSame(['node' => ['article' => ['body', 'title']]], $agent->getBinding()['fields']);
    $this->assertStringContainsString('Title (`title`), Body (`body`)', $agent->getSystemPrompt());
    $this->assertStringNotContainsString('{', $agent->getSystemPrompt());
    $this->assertEqualsCanonicalizing(self::HANDED_ON, Role::load($agent->getRole())->getPermissions(), 'No more than it needs.');
    $trigger = Trigger::load($agent->id());
    $this->assertSame(['content', TRUE, ['article']], [$trigger->getType(), $trigger->status(), $trigger->getSettings()['bundles']]);
    $this->assertEqualsCanonicalizing([...self::REVIEWING, 'view any unpublished content', 'view latest version', 'use text format basic'], array_diff(Role::load('editor')->getPermissions(), ['access content', 'create page content', 'edit own page content', 'edit any article content']));
    $this->assertConfig($agent, $trigger);
  }

  /**
   * What one right less leaves to others; nothing of it is half made.
   */
  public function testEachRightLess(): void {
    foreach ([...self::BUILDING, ...self::HANDED_ON] as $right) {
      if (in_array($right, ['administer background agents', 'administer workflows', 'access content'], TRUE)) {
        continue;
      }
      $builder = $this->builder([$right]);
      $choice = $this->choice(['label' => "Without $right"]);
      $plan = $this->plan($builder, $choice);
      $this->assertSame([FALSE, NULL, 2], [$plan->works, $plan->permissions, count($plan->left)], $right);
      $isHandedOn = in_array($right, self::HANDED_ON, TRUE);
      $this->assertSame($isHandedOn, str_contains((string) $plan->left[0]->what, 'You cannot hand on what you lack yourself'), $right);
      $before = [count(Role::loadMultiple()), count(User::loadMultiple())];
      $agent = $this->make($builder, $choice, $plan);
      $this->assertSame($before, [count(Role::loadMultiple()), count(User::loadMultiple())], "$right: no account");
      $this->assertSame([FALSE, NULL], [$agent->status(), $agent->getRole()], $right);
      $this->assertFalse(Trigger::load($agent->id())->status(), "$right: it must not start what cannot run");
    }
    $left = $this->plan($this->builder(['use editorial transition publish']), $this->choice(['reviewers' => 'editor']))->left;
    $this->assertCount(1, $left, 'What they cannot hand on to reviewers.');
    $this->assertStringContainsString('review', (string) $left[0]->what);
    $admin = $this->createUser([], 'admin', TRUE);
    $told = $this->plan($this->builder(['administer users']), $this->choice())->left[0];
    $this->assertStringContainsString((string) Role::load($admin->getRoles(TRUE)[0])->label(), $told->who);
    $this->assertStringContainsString('(1 person)', $told->who);
  }

  /**
   * A content type comes under a workflow; who writes it can go on saving.
   */
  public function testWorkflow(): void {
    $choice = $this->choice(['workflow' => 'editorial'], 'proofread', 'node:page');
    $handed = ['edit any page content', 'use editorial transition publish'];
    $builder = $this->builder([], $handed);
    $plan = $this->plan($builder, $choice);
    $this->assertSame([TRUE, TRUE], [$plan->addsToWorkflow, $plan->works]);
    $this->assertEqualsCanonicalizing(['use editorial transition create_new_draft', 'use editorial transition publish'], $plan->grants['editor']);
    $this->make($builder, $choice, $plan);
    $this->assertContains('page', Workflow::load('editorial')->getTypePlugin()->getBundlesForEntityType('node'));
    $this->assertSame([], \Drupal::service(AgentAccounts::class)->validate(Agent::load('proofread_page')));
  }

  /**
   * A workflow that is made in the same act: nobody could have its transitions.
   */
  public function testNewWorkflow(): void {
    Workflow::load('editorial')->delete();
    \Drupal::service('entity_type.bundle.info')->clearCachedBundles();
    $choice = $this->choice(['workflow' => '+', 'reviewers' => 'editor'], 'digest', 'node:page');
    $builder = $this->builder([], ['create page content', 'edit any page content', 'edit own page content']);
    $plan = $this->plan($builder, $choice);
    $this->assertSame([TRUE, TRUE, []], [$plan->addsToWorkflow, $plan->works, $plan->left]);
    $agent = $this->make($builder, $choice, $plan);
    $this->assertSame([], \Drupal::service(AgentAccounts::class)->validate($agent));
    $this->assertSame(['create', 'read'], $agent->getContent()['node']['page']);
    $this->assertConfig(Workflow::load('editorial'));
    $this->assertTrue(Role::load('editor')->hasPermission('use editorial transition publish'));
  }

  /**
   * Without the right to keep editors saving, no workflow is touched.
   */
  public function testNobodyIsKeptFromSaving(): void {
    $choice = $this->choice(['workflow' => 'editorial'], 'proofread', 'node:page');
    foreach (['administer permissions', 'use editorial transition publish', 'administer workflows'] as $right) {
      $plan = $this->plan($this->builder([$right], ['edit any page content', 'use editorial transition publish']), $choice);
      $this->assertSame([FALSE, FALSE, NULL], [$plan->addsToWorkflow, $plan->works, $plan->permissions], $right);
      $this->assertStringContainsString('editor', (string) $plan->left[0]->what, $right);
    }
  }

  /**
   * A failure in the middle leaves nothing.
   */
  public function testFailureLeavesNothing(): void {
    $choice = $this->choice(['workflow' => 'editorial', 'reviewers' => 'editor'], 'proofread', 'node:page');
    $builder = $this->builder([], ['edit any page content', 'use editorial transition publish']);
    $plan = $this->plan($builder, $choice);
    $before = $this->everything();
    // The last that is saved of it.
    \Drupal::service('event_dispatcher')->addListener('config.save', static function ($event): void {
      if ($event->getConfig()->getName() === 'user.role.editor') {
        throw new \LogicException('No more.');
      }
    });
    try {
      $this->make($builder, $choice, $plan);
      $this->fail('It failed.');
    }
    catch (\Exception $error) {
      $this->assertStringContainsString('No more.', $error->getMessage());
    }
    $this->assertSame($before, $this->everything());
  }

  /**
   * What was not seen is not made; a second click makes nothing more.
   */
  public function testSeenAndOnce(): void {
    $builder = $this->builder();
    $choice = $this->choice(['label' => 'Mine']);
    $plan = $this->plan($builder, $choice);
    $agent = $this->make($builder, $choice, $plan, 'key');
    $this->assertSame($agent->id(), $this->make($builder, $choice, $plan, 'key')->id());
    foreach ([[$choice, 'There is an agent with the name'], [$this->choice(['reviewers' => 'editor']), 'has changed']] as [$other, $sentence]) {
      try {
        $this->make($builder, $other, $plan, 'other');
        $this->fail($sentence);
      }
      catch (QuickRefused $refused) {
        $this->assertStringContainsString($sentence, (string) $refused->sentence);
      }
    }
    $first = $this->make($builder, $this->choice(), $this->plan($builder, $this->choice()), 'a');
    $second = $this->make($builder, $this->choice(), $this->plan($builder, $this->choice()), 'b');
    $this->assertSame(['Proofread: Article', 'Proofread: Article 2'], [$first->label(), $second->label()]);
    $this->assertNotSame(\Drupal::service(AccountMarks::class)->account($first)->id(), \Drupal::service(AccountMarks::class)->account($second)->id());
  }

  /**
   * What there is that the form makes.
   */
  private function everything(): array {
    $found = [];
    foreach (['workflow', 'user_role', 'background_agents_agent', 'background_agents_trigger'] as $type) {
      foreach (\Drupal::entityTypeManager()->getStorage($type)->loadMultiple() as $entity) {
        $found[] = "$type {$entity->id()} " . json_encode($entity->toArray());
      }
    }
    foreach (\Drupal::service('config.storage')->readMultiple(\Drupal::service('config.storage')->listAll()) as $name => $data) {
      $found[] = "$name " . json_encode($data);
    }
    $found = [...$found, ...\Drupal::entityQuery('user')->accessCheck(FALSE)->execute()];
    sort($found);
    return $found;
  }

  private function assertConfig(object ...$entities): void {
    foreach ($entities as $entity) {
      $typed = \Drupal::service('config.typed')->createFromNameAndData($entity->getConfigDependencyName(), $entity->toArray());
      $this->assertSame([], array_map(static fn ($violation): string => $violation->getPropertyPath() . ': ' . $violation->getMessage(), iterator_to_array($typed->validate())));
    }
  }

  private function builder(array $without = [], array $more = []): AccountInterface {
    static $number = 0;
    $number++;
    $this->role("builder$number", array_values(array_diff([...self::BUILDING, ...self::HANDED_ON, ...self::REVIEWING, ...$more], $without)));
    return $this->account("builder$number", "builder$number");
  }

  /**
   * Names with signs that HTML knows are told as they are.
   */
  public function testNamesAreNotEscapedTwice(): void {
    NodeType::load('article')->set('name', 'Q & A <b>')->save();
    Role::load('editor')->set('label', 'Fish & chips')->save();
    \Drupal::service('entity_type.bundle.info')->clearCachedBundles();
    $choice = $this->choice(['reviewers' => 'editor']);
    $builder = $this->builder();
    $plan = $this->plan($builder, $choice);
    $agent = $this->make($builder, $choice, $plan);
    $this->assertSame('Proofread: Q & A <b>', $agent->label());
    $account = \Drupal::service(AccountMarks::class)->account($agent);
    $this->assertSame('Proofread Q A b', $account->getAccountName());
    $this->assertCount(0, $account->validate()->getByField('name'), 'Its own form takes the name, too.');
    $this->assertStringContainsString('Q & A <b> (`node`', $agent->getSystemPrompt());
    $told = \Drupal::service(PermissionHolders::class)->told([['edit any article content']]);
    $this->assertStringContainsString('Fish & chips (0 people)', $told);
    $this->assertStringContainsString('Q &amp; A &lt;b&gt;', (string) $plan->made['agent']);
    $this->assertStringNotContainsString('amp;amp;', implode(' ', array_map(strval(...), $plan->made)));
  }

  private function choice(array $values = [], string $preset = 'proofread', string $content = 'node:article'): QuickChoice {
    $preset = \Drupal::service(PresetManager::class)->usable()[$preset];
    $fit = \Drupal::service(FittingContent::class)->of($preset)[$content];
    return new QuickChoice(...$values + ['preset' => $preset, 'content' => $fit, 'start' => $preset->starts[0], 'model' => 'scripted:test']);
  }

  private function plan(AccountInterface $builder, QuickChoice $choice): QuickPlan {
    return $this->as($builder, static fn (): QuickPlan => \Drupal::service(QuickPlanner::class)->plan($choice));
  }

  private function make(AccountInterface $builder, QuickChoice $choice, QuickPlan $plan, ?string $key = NULL): Agent {
    return $this->as($builder, static fn (): Agent => \Drupal::service(QuickMaker::class)->make($choice, $plan->hash(), $key ?? uniqid()));
  }

}
