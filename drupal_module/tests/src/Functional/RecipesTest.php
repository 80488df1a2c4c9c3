<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Functional;

use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Preset\FittingContent;
use Drupal\background_agents\Preset\PresetManager;
use Drupal\background_agents\Quick\QuickAgent;
use Drupal\background_agents\Quick\QuickChoice;
use Drupal\background_agents\Quick\QuickMaker;
use Drupal\background_agents\Quick\QuickPlanner;
use Drupal\background_agents\Trigger\TriggerProcessor;
use Drupal\background_agents\Ui\AccountMaker;
use Drupal\FunctionalTests\Core\Recipe\RecipeTestTrait;
use Drupal\node\Entity\Node;
use Drupal\Tests\BrowserTestBase;
use Drupal\user\Entity\Role;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Each recipe sets up an agent that works, on a new site.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class RecipesTest extends BrowserTestBase {

  use RecipeTestTrait;

  /**
   * The preset that each recipe is made of, and the field that it writes.
   */
  private const array AGENTS = [
    'proofreader' => ['proofread', NULL],
    'teaser_writer' => ['teaser', 'body'],
    'tagger' => ['tags', 'field_tags'],
    'digest_writer' => ['digest', NULL],
  ];

  /**
   * Seconds in which a run has to be made.
   */
  private const int PATIENCE = 20;

  /**
   * {@inheritdoc}
   */
  protected $profile = 'testing';

  /**
   * {@inheritdoc}
   */
  protected $defaultTheme = 'stark';

  /**
   * Recipes on one site, twice, with a model of one's own.
   */
  public function testRecipes(): void {
    foreach (array_keys(self::AGENTS) as $agent) {
      $this->applyRecipe($this->recipe($agent), 0, ["--input=background_agents_$agent.model=scripted:$agent"]);
    }
    foreach (self::AGENTS as $id => [$preset, $field]) {
      $this->assertAgent($id);
      $this->assertPreset($id, $preset, $field);
    }
    $this->assertConfigFits();
    // Again: nothing of what a person changed since is lost.
    Agent::load('proofreader')->set('description', 'Mine.')->save();
    $this->applyRecipe($this->recipe('proofreader'), 0, ['--input=background_agents_proofreader.model=scripted:proofreader']);
    $this->assertSame('Mine.', Agent::load('proofreader')->getDescription());
    $this->assertStarts(['proofreader', 'tagger', 'teaser_writer']);
    $this->applyRecipe($this->recipe('proofreader'), 1, ['--input=background_agents_proofreader.model=nothing']);
  }

  /**
   * With ECA, drafts are proofread, too.
   */
  public function testWithEca(): void {
    foreach (['eca', 'modeler_api'] as $module) {
      if (!\Drupal::service('extension.list.module')->exists($module)) {
        $this->markTestSkipped("The module $module is not on this site.");
      }
    }
    $this->applyRecipe($this->recipe('proofreader_eca'));
    $this->assertSame('anthropic:claude-sonnet-5-5', Agent::load('proofreader')->getModel());
    $this->assertConfigFits();
    $this->drupalLogin($this->editor());
    $this->drupalGet('node/add/article');
    $this->submitForm(['title[0][value]' => 'Bread', 'body[0][value]' => 'Bread is maid of flour.', 'moderation_state[0][state]' => 'draft'], 'Save');
    $this->assertFalse(Node::load(1)->isPublished());
    $this->assertSame(['eca'], $this->runs());
  }

  /**
   * What a recipe and the quick form made works where its configuration goes.
   */
  public function testDeployment(): void {
    $this->applyRecipe($this->recipe('proofreader'), 0, ['--input=background_agents_proofreader.model=scripted:proofreader']);
    $agents = ['proofreader', $this->madeByQuickForm()];
    $this->assertSame(['proofreader', 'write_a_teaser_article'], $agents);
    $this->copyConfig(\Drupal::service('config.storage'), \Drupal::service('config.storage.sync'));
    $accounts = array_map($this->lose(...), $agents);
    $this->assertSame([], [...Agent::loadMultiple(), ...Trigger::loadMultiple()]);
    $this->configImporter()->import();
    foreach ($agents as $i => $id) {
      $agent = Agent::load($id);
      $account = \Drupal::service(AccountMarks::class)->account($agent);
      $this->assertNotSame($accounts[$i], (int) $account->id());
      $this->assertSame([TRUE, NULL, [$agent->getRole()]], [$account->isActive(), $account->getPassword(), $account->getRoles(TRUE)], $id);
      $this->assertSame([], \Drupal::service(AgentAccounts::class)->validate($agent), $id);
    }
    $active = $this->configImporter()->reset()->getStorageComparer();
    $this->assertFalse($active->createChangelist()->hasChanges(), 'Accounts are no configuration.');
    $this->assertStarts($agents);
  }

  /**
   * An agent and its trigger, as a builder makes them of articles.
   *
   * @return string
   *   The id of the agent.
   */
  private function madeByQuickForm(): string {
    \Drupal::currentUser()->setAccount($this->rootUser);
    $preset = \Drupal::service(PresetManager::class)->usable()['teaser'];
    $fit = \Drupal::service(FittingContent::class)->of($preset)['node:article']->withField('body');
    $choice = new QuickChoice($preset, $fit, start: 'content', model: 'scripted:teaser');
    $plan = \Drupal::service(QuickPlanner::class)->plan($choice);
    return (string) \Drupal::service(QuickMaker::class)->make($choice, $plan->hash(), 'deployed')->id();
  }

  /**
   * Leaves the site as one that never had the agent.
   *
   * @return int
   *   The id of the account that it had.
   */
  private function lose(string $id): int {
    $agent = Agent::load($id);
    $account = \Drupal::service(AccountMarks::class)->account($agent);
    $role = (string) $agent->getRole();
    Trigger::load($id)->delete();
    $agent->delete();
    $account->delete();
    Role::load($role)->delete();
    return (int) $account->id();
  }

  /**
   * The agent has an account, and its role what it needs and nothing else.
   */
  private function assertAgent(string $id): void {
    $agent = Agent::load($id);
    $this->assertTrue($agent->status());
    $this->assertSame("scripted:$id", $agent->getModel());
    $this->assertNotNull(\Drupal::service(AccountMarks::class)->account($agent), $id);
    $this->assertSame([], \Drupal::service(AccountMaker::class)->missing($agent), $id);
    $this->assertSame([], \Drupal::service(AgentAccounts::class)->validate($agent), $id);
    $role = \Drupal::entityTypeManager()->getStorage('user_role')->load((string) $agent->getRole());
    foreach ($role->getPermissions() as $permission) {
      $less = clone $role;
      $less->revokePermission($permission)->save();
      $this->assertNotSame([], \Drupal::service(AccountMaker::class)->missing($agent), "$id does not need \"$permission\".");
      $role->save();
    }
  }

  /**
   * The recipe says what the quick form would have said.
   */
  private function assertPreset(string $id, string $preset, ?string $field): void {
    $chosen = \Drupal::service(PresetManager::class)->usable()[$preset];
    $fits = array_filter(\Drupal::service(FittingContent::class)->of($chosen), static fn ($fit): bool => $fit->bundle === 'article');
    $fit = reset($fits);
    $fit = $field === NULL ? $fit : $fit->withField($field);
    $made = \Drupal::service(QuickAgent::class)->agent(new QuickChoice($chosen, $fit, model: "scripted:$id", label: "x $id"));
    $agent = Agent::load($id);
    $this->assertEqualsCanonicalizing($made->getTools(), $agent->getTools(), $id);
    $this->assertSame($made->getSystemPrompt(), $agent->getSystemPrompt(), $id);
    $this->assertEquals($made->getInputSchema(), $agent->getInputSchema(), $id);
    $this->assertEqualsCanonicalizing($made->getBinding()['content'], $agent->getBinding()['content'], $id);
    $this->assertEqualsCanonicalizing($made->getBinding()['fields']['node']['article'], $agent->getBinding()['fields']['node']['article'], $id);
  }

  /**
   * An editor's article starts those that look at published articles.
   *
   * @param string[] $expected
   *   Ids of agents.
   */
  private function assertStarts(array $expected): void {
    $this->drupalLogin($this->editor());
    $this->drupalGet('node/add/article');
    $this->submitForm(['title[0][value]' => 'Bread', 'body[0][value]' => 'Bread is maid of flour.', 'moderation_state[0][state]' => 'published'], 'Save');
    $this->assertTrue(Node::load(1)->isPublished());
    // They wait for further changes of the item.
    $requests = \Drupal::database()->query('SELECT request FROM {background_agents_trigger_log}')->fetchCol();
    $agents = array_unique(array_map(static fn (string $request): string => json_decode($request)->agent, $requests));
    $this->assertEqualsCanonicalizing($expected, $agents);
    $this->drupalGet('admin/content/agents');
    $this->assertSession()->statusCodeEquals(200);
  }

  private function assertConfigFits(): void {
    $typed = \Drupal::service('config.typed');
    foreach (\Drupal::configFactory()->listAll('background_agents.') as $name) {
      $wrong = $typed->createFromNameAndData($name, \Drupal::config($name)->getRawData())->validate();
      $this->assertCount(0, $wrong, "$name: $wrong");
    }
  }

  /**
   * How the runs were started; they are made after the response.
   *
   * @return string[]
   *   Types of triggers.
   */
  private function runs(): array {
    $end = microtime(TRUE) + self::PATIENCE;
    do {
      \Drupal::service(TriggerProcessor::class)->process();
      $runs = \Drupal::database()->query('SELECT trigger_type FROM {background_agents_run}')->fetchCol();
    } while ($runs === [] && microtime(TRUE) < $end);
    return $runs;
  }

  private function editor(): mixed {
    $editor = $this->drupalCreateUser([], 'An editor');
    $editor->addRole('content_editor')->save();
    return $editor;
  }

  private function recipe(string $name): string {
    return $this->getDrupalRoot() . '/' . \Drupal::service('extension.list.module')->getPath('background_agents') . "/recipes/background_agents_$name";
  }

}
