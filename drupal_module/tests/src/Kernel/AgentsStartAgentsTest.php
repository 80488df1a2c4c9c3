<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Access\RunToken;
use Drupal\background_agents\Agent\KnownGaps;
use Drupal\background_agents\Agent\StartGaps;
use Drupal\background_agents\Controller\DispatchController;
use Drupal\background_agents\Dispatch\Dispatched;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Run\CommandQueue;
use Drupal\background_agents\Run\RunDocument;
use Drupal\background_agents\Run\RunFinisher;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Run\RunTree;
use Drupal\background_agents\Run\StartedRun;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\background_agents\Ui\RunTreeList;
use Drupal\Core\Session\AnonymousUserSession;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpFoundation\Request;

/**
 * Agents start agents: who may start which, what is handed down, who is told.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class AgentsStartAgentsTest extends AgentsKernelTestBase {

  private const array BOSS = ['access content', 'edit any article content', 'use editorial transition create_new_draft', 'view any unpublished content', 'view latest version'];

  private Agent $boss;
  private Agent $helper;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->role('boss', self::BOSS, TRUE);
    $this->config('background_agents.settings')->set('limits.depth', 2)->save();
    $this->helper = $this->agent('helper', [], 'writer', ['description' => 'Helps.']);
    $this->boss = $this->agent('boss', ['agents' => [['agent' => 'helper', 'wait' => TRUE]], 'limits' => ['steps' => 10, 'tokens' => 1000]], 'boss');
  }

  /**
   * The job names them with what each is for; one that is disabled is not.
   */
  public function testTheJobTellsWhatTheyAreFor(): void {
    $this->agent('off')->disable()->save();
    $agents = [['agent' => 'helper', 'wait' => TRUE], ['agent' => 'off', 'wait' => FALSE], ['agent' => 'gone', 'wait' => TRUE]];
    $this->boss->set('binding', ['agents' => $agents] + $this->boss->getBinding())->save();
    $told = $this->jobOf($this->started())->agent->binding->agents;
    $this->assertEquals([(object) ['id' => 'helper', 'wait' => TRUE, 'label' => 'Helper', 'description' => 'Helps.', 'input_schema' => NULL]], $told);
    $this->assertArrayNotHasKey('agents', $this->helper->toSnapshot()['binding'], 'Others have the hash that they had.');
  }

  /**
   * Only what the binding names is started; an agent names it, no permission.
   */
  public function testOnlyWhatTheBindingNames(): void {
    $this->agent('other');
    $this->role('runs', ['run any background agent']);
    $account = $this->accountOf($this->boss);
    $account->addRole('runs')->save();
    $this->assertStringContainsString('its binding does not name it', $this->refused(403, 'forbidden', $this->started(), ['agent' => 'other'])->detail);
    $this->boss->set('binding', ['agents' => []] + $this->boss->getBinding())->save();
    $this->refused(403, 'forbidden', $this->started(), []);
  }

  /**
   * Requester, test run, depth and way come from the parent.
   */
  public function testWhatIsHandedDown(): void {
    $this->role('editor', [...self::BOSS, 'run any background agent']);
    $editor = $this->account('editor', 'editor');
    $parent = $this->started(['requester' => (int) $editor->id(), 'dryRun' => TRUE]);
    $child = $this->start($parent)->run;
    $this->assertSame(
      [$parent->uuid(), 1, (int) $editor->id(), TRUE, 'agent', 'boss', StartedRun::WAIT],
      [$child->getParentUuid(), $child->getDepth(), $child->getRequesterId(), $child->isDryRun(), $child->getTriggerType(), $child->getTriggerId(), $child->getOperation()],
    );
    $this->assertSame('wait', $this->jobOf($child)->trigger->operation);
    $this->assertNull($this->start($this->started())->run->getRequesterId(), 'Of cron nobody asked.');
  }

  /**
   * Who asked has to be allowed to run what is started for them.
   */
  public function testThePersonHasToBeAllowed(): void {
    $this->role('editor', [...self::BOSS, 'run boss background agent']);
    $editor = $this->account('editor', 'editor');
    $parent = $this->started(['requester' => (int) $editor->id()]);
    $this->refused(403, 'forbidden', $parent, []);
    user_role_grant_permissions('editor', ['run helper background agent']);
    $this->assertTrue($this->start($parent)->created);
  }

  /**
   * The same call starts one run; another run's key is another one.
   */
  public function testTheKeyOfACall(): void {
    [$parent, $other] = [$this->started(), $this->started()];
    $first = $this->start($parent, ['key' => 'k']);
    $again = $this->start($parent, ['key' => 'k']);
    $this->assertSame([TRUE, FALSE, $first->uuid], [$first->created, $again->created, $again->uuid]);
    $this->assertNotSame($first->uuid, $this->start($other, ['key' => 'k'])->uuid);
    // Also when nothing is left by then: it was made.
    $this->used($parent, ['steps' => 10]);
    $this->assertFalse($this->start($parent, ['key' => 'k'])->created);
    $this->refused(409, 'budget_spent', $parent, ['key' => 'l']);
    // A person cannot be there first.
    $key = $first->run->get('dedupe')->value;
    $this->assertNotSame($key, (new DispatchRequest(agent: 'helper', triggerType: 'api', key: 'k'))->keyHash());
  }

  /**
   * A child gets no more than its parent has left, and no more than is given.
   */
  public function testTheBudget(): void {
    $parent = $this->started();
    $this->used($parent, ['steps' => 3, 'input_tokens' => 100, 'output_tokens' => 50]);
    $first = $this->start($parent)->run;
    $limits = $this->jobOf($first)->agent->binding->limits;
    $this->assertSame([7, 850], [$limits->steps, $limits->tokens]);
    $this->assertSame(2000000, $limits->cost_micros, 'Its own, for it is lower than nothing that was spent.');
    // What it and those below it used is gone for the next one.
    $this->running($this->helper, ['parent' => $first->uuid(), 'trigger_type' => 'agent', 'state' => 'completed', 'steps' => 1]);
    $this->used($first, ['steps' => 2, 'cost_micros' => 500]);
    $second = $this->start($parent, ['limits' => ['steps' => 20, 'tokens' => 100]])->run;
    $limits = $this->jobOf($second)->agent->binding->limits;
    $this->assertSame([4, 100, 1999500], [$limits->steps, $limits->tokens, $limits->cost_micros]);
    // A trigger's run, and what that starts, live on their own budget.
    $triggered = $this->running($this->helper, ['parent' => $parent->uuid(), 'trigger_type' => 'content', 'steps' => 90]);
    $this->running($this->helper, ['parent' => $triggered->uuid(), 'trigger_type' => 'agent', 'steps' => 90]);
    $this->assertSame(4, $this->jobOf($this->start($parent)->run)->agent->binding->limits->steps);
    // The agent's own limit holds where it is lower.
    $this->helper->set('binding', ['limits' => ['steps' => 2]] + $this->helper->getBinding())->save();
    $this->assertSame(2, $this->jobOf($this->start($parent)->run)->agent->binding->limits->steps);
    $this->refused(409, 'budget_spent', $parent, ['limits' => ['steps' => 0]]);
    $this->used($first, ['steps' => 6]);
    $this->refused(409, 'budget_spent', $parent, []);
  }

  /**
   * Loops end at the depth that the first run may have below it.
   */
  public function testTheDepthIsHandedDown(): void {
    $this->boss->set('binding', ['agents' => [['agent' => 'boss', 'wait' => TRUE]], 'limits' => ['depth' => 5]] + $this->boss->getBinding())->save();
    $run = $top = $this->started();
    for ($depth = 1; $depth <= 5; $depth++) {
      $run = $this->start($run, ['agent' => 'boss'])->run;
    }
    $this->refused(409, 'depth', $run, ['agent' => 'boss']);
    $below = \Drupal::service(RunTree::class)->below($top->uuid());
    $this->assertSame([1, 2, 3, 4, 5], array_map(static fn (StartedRun $one): int => $one->level, $below));
    // One whose limit is lower bounds those below it, whatever theirs is.
    $this->boss->set('binding', ['limits' => ['depth' => 1]] + $this->boss->getBinding())->save();
    $child = $this->start($this->started(), ['agent' => 'boss'])->run;
    $this->boss->set('binding', ['limits' => ['depth' => 9]] + $this->boss->getBinding())->save();
    $this->refused(409, 'depth', $child, ['agent' => 'boss']);
  }

  /**
   * A child may do what its parent's account may, too, and who asked.
   */
  public function testRightsAreTheLeastOfAllAbove(): void {
    $this->role('editor', [...self::BOSS, 'run any background agent']);
    $editor = $this->account('editor', 'editor');
    $child = $this->start($this->started(['requester' => (int) $editor->id()]))->run;
    $article = $this->article();
    $may = fn (Run $run, string $operation): bool => $this->inRun($run, static function () use ($article, $operation): bool {
      \Drupal::entityTypeManager()->getAccessControlHandler('node')->resetCache();
      return $operation === 'create' ? \Drupal::entityTypeManager()->getAccessControlHandler('node')->createAccess('article') : $article->access($operation);
    });
    $this->assertTrue($may($child, 'update'));
    // Neither the person nor the agent above may create; the agent itself may.
    $this->assertFalse($may($child, 'create'));
    $this->assertTrue($may($this->running($this->helper), 'create'));
    user_role_grant_permissions('editor', ['create article content']);
    $this->assertFalse($may($this->start($this->started(['requester' => (int) $editor->id()]))->run, 'create'));
    user_role_grant_permissions('boss', ['create article content']);
    $this->assertTrue($may($this->start($this->started(['requester' => (int) $editor->id()]))->run, 'create'));
    // And what the person may not, though both agents may.
    user_role_revoke_permissions('editor', ['edit any article content']);
    $this->assertFalse($may($this->start($this->started(['requester' => (int) $editor->id()]))->run, 'update'));
    $this->assertTrue($may($this->start($this->started())->run, 'update'));
  }

  /**
   * Where an account above is blocked, the token of a child is refused.
   */
  public function testABlockedAgentAboveEndsAChild(): void {
    $child = $this->start($this->started())->run;
    $this->assertSame(200, $this->me($child));
    $this->accountOf($this->boss)->block()->save();
    $this->assertSame(401, $this->me($child));
  }

  /**
   * The parent that waits is told of an end once, in the same transaction.
   */
  public function testTheParentIsTold(): void {
    $parent = $this->started();
    $child = $this->start($parent)->run;
    $this->finish($child, reason: 'done');
    $this->assertFalse(\Drupal::service(RunFinisher::class)->finish($child->uuid(), RunState::Completed, 'done'));
    $this->assertSame([['wake', $parent->uuid()]], $this->commands());
    $queue = \Drupal::service(CommandQueue::class);
    $this->assertNull($queue->pendingCommand((int) $parent->id()), 'It is no wish of a person.');
    // An ended parent, and one that does not wait, are told nothing.
    $this->finish($parent, reason: 'done');
    $this->assertSame([], $this->commands());
    $this->boss->set('binding', ['agents' => [['agent' => 'helper', 'wait' => FALSE]]] + $this->boss->getBinding())->save();
    $detached = $this->start($this->started())->run;
    $this->assertSame(StartedRun::DETACH, $detached->getOperation());
    $this->finish($detached, reason: 'done');
    $this->assertSame([], $this->commands());
  }

  /**
   * What a run waits for is cancelled with it; what is detached goes on.
   */
  public function testTheEndOfAParent(): void {
    $parent = $this->started();
    [$awaited, $over] = [$this->start($parent)->run, $this->start($parent)->run];
    $this->finish($over, reason: 'done');
    $this->boss->set('binding', ['agents' => [['agent' => 'helper', 'wait' => FALSE]]] + $this->boss->getBinding())->save();
    $this->start($parent);
    $this->finish($parent, RunState::Cancelled, 'cancelled');
    $this->assertSame([['cancel', $awaited->uuid()]], $this->commands());
  }

  /**
   * Documents show the tree, and only what the caller may see.
   */
  public function testDocuments(): void {
    $parent = $this->started();
    $child = $this->start($parent)->run;
    $this->used($child, ['steps' => 2]);
    $this->setUpCurrentUser([], ['view any background agent run']);
    $document = \Drupal::service(RunDocument::class)->run($this->fresh($parent));
    $this->assertSame([['uuid' => $child->uuid(), 'agent' => 'helper', 'agent_label' => 'Helper', 'state' => 'queued', 'waits' => TRUE]], $document['children']);
    $this->assertSame(2, $document['usage_with_started']['steps']);
    $allotted = \Drupal::service(RunDocument::class)->run($this->fresh($child))['allotted'];
    $this->assertSame([10, 1000], [$allotted['steps'], $allotted['tokens']]);
    $this->setUpCurrentUser([], ['view own background agent runs']);
    $this->assertArrayNotHasKey('children', \Drupal::service(RunDocument::class)->run($this->fresh($parent)));
    $this->finish($child, reason: 'done');
    $this->assertArrayNotHasKey('allotted', \Drupal::service(RunDocument::class)->run($this->fresh($child)));
    $this->assertArrayNotHasKey('children', \Drupal::service(RunDocument::class)->run($this->fresh($child)));
  }

  /**
   * Nobody but an agent hands limits down, and no limit but those it shares.
   */
  public function testLimitsAreForAgentsAlone(): void {
    $this->setUpCurrentUser([], ['run any background agent', 'view any background agent run']);
    $refusal = function (array $body): array {
      try {
        $request = Request::create('/background-agents/v1/runs', 'POST', content: json_encode($body));
        \Drupal::classResolver(DispatchController::class)->dispatch($request);
      }
      catch (ProblemException $problem) {
        return [$problem->problem->status, $problem->problem->errors[0]['pointer'] ?? NULL];
      }
      return [];
    };
    $this->assertSame([422, '/limits'], $refusal(['agent' => 'helper', 'limits' => ['steps' => 1]]));
    $this->assertSame([], $refusal(['agent' => 'helper']));
    $parent = $this->started();
    $in_run = fn (array $body): array => $this->inRun($parent, static fn (): array => $refusal($body));
    $this->assertSame([], $in_run(['agent' => 'helper', 'limits' => ['steps' => 1]]));
    foreach ([['steps' => -1], ['steps' => 1.5], ['depth' => 9], ['steps' => '1'], []] as $limits) {
      $this->assertSame($limits === [] ? 0 : 422, $in_run(['agent' => 'helper', 'limits' => (object) $limits])[0] ?? 0, json_encode($limits));
    }
  }

  /**
   * What cannot work is told in lists and in the form, and so are loops.
   */
  public function testGaps(): void {
    $gaps = static fn (Agent $agent): array => array_map(strval(...), \Drupal::service(StartGaps::class)->of($agent));
    $this->assertSame([[], []], [$gaps($this->boss), $gaps($this->helper)]);
    $this->boss->set('binding', ['agents' => [['agent' => 'helper', 'wait' => TRUE], ['agent' => 'gone', 'wait' => TRUE]]] + $this->boss->getBinding())->save();
    $this->helper->set('binding', ['agents' => [['agent' => 'boss', 'wait' => TRUE]]] + $this->helper->getBinding())->disable()->set('description', '')->save();
    [$disabled, $gone, $loop] = $gaps($this->boss);
    $this->assertStringContainsString('is disabled', $disabled);
    $this->assertStringContainsString('"gone"', str_replace('&quot;', '"', $gone));
    $this->assertStringContainsString('Boss → Helper → Boss', $loop);
    $this->assertStringContainsString('depth of 2', $loop);
    $this->assertStringContainsString('has no description', $gaps($this->helper)[0], 'Of the boss.');
    $this->config('background_agents.settings')->set('limits.depth', 0)->save();
    $this->assertCount(4, $gaps($this->boss));
    $this->assertContainsEquals($loop, array_map(static fn (string $text): string => str_replace('depth of 0', 'depth of 2', $text), array_map(strval(...), \Drupal::service(KnownGaps::class)->of($this->boss))));
  }

  /**
   * The page shows the tree to those who may see its runs, in its order.
   */
  public function testThePageShowsTheTree(): void {
    $this->helper->set('binding', ['agents' => [['agent' => 'helper', 'wait' => FALSE]]] + $this->helper->getBinding())->save();
    $parent = $this->started();
    $first = $this->start($parent)->run;
    $second = $this->start($parent)->run;
    $below = $this->start($first)->run;
    $this->finish($second, RunState::Failed, 'cancelled');
    $this->setUpCurrentUser([], ['view any background agent run']);
    $list = \Drupal::service(RunTreeList::class);
    $build = $list->build($parent);
    $html = (string) \Drupal::service('renderer')->renderInIsolation($build);
    $at = array_map(static fn (Run $run): mixed => strpos($html, "/{$run->id()}\""), [$first, $below, $second]);
    $this->assertSame($at, array_filter($at, is_int(...)));
    $this->assertTrue($at[0] < $at[1] && $at[1] < $at[2], 'Each stands behind the one that started it.');
    $this->assertStringContainsString('on its own', $html);
    $this->assertSame(2, substr_count($html, '<ul'), 'One list inside another.');
    $version = $list->version($parent);
    $this->finish($first, reason: 'done');
    $this->assertNotSame($version, $list->version($parent), 'The page is drawn anew.');
    $this->setUpCurrentUser([], ['view own background agent runs']);
    $this->assertSame([], $list->build($parent));
  }

  private function started(array $values = []): Run {
    return \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest(...$values + ['agent' => 'boss', 'triggerType' => 'manual']))->run;
  }

  private function start(Run $parent, array $values = []): Dispatched {
    $request = new DispatchRequest(...$values + ['agent' => 'helper', 'triggerType' => 'agent']);
    return $this->inRun($this->fresh($parent), static fn (): Dispatched => \Drupal::service(Dispatcher::class)->dispatch($request));
  }

  private function refused(int $status, string $code, Run $parent, array $values): object {
    try {
      $this->start($parent, $values);
    }
    catch (DispatchRefused $refused) {
      $this->assertSame([$status, $code], [$refused->problem->status, $refused->problem->code]);
      return $refused->problem;
    }
    $this->fail("It was not refused: $code.");
  }

  private function jobOf(Run $run): object {
    return \Drupal::service(Outbox::class)->jobOf($run->uuid());
  }

  private function used(Run $run, array $usage): void {
    $run = $this->fresh($run);
    foreach ($usage as $name => $amount) {
      $run->set($name, $amount);
    }
    $run->save();
  }

  private function fresh(Run $run): Run {
    return \Drupal::entityTypeManager()->getStorage('background_agents_run')->loadUnchanged($run->id());
  }

  /**
   * Commands that are left for the sidecar.
   */
  private function commands(): array {
    return array_map(static fn (array $command): array => [$command['command'], $command['run']], \Drupal::service(CommandQueue::class)->pending());
  }

  /**
   * Status of an answer to a request with the token of a run.
   */
  private function me(Run $run): int {
    $token = RunToken::issue(\Drupal::service(SiteSecrets::class)->all()[0], $run->uuid(), $run->getGeneration(), $run->getAccountUuid());
    $request = Request::create('/background-agents/v1/me', server: ['HTTP_AUTHORIZATION' => "Bearer $token"]);
    try {
      return \Drupal::service('http_kernel')->handle($request)->getStatusCode();
    }
    finally {
      \Drupal::service(RunContext::class)->leave();
      $this->setCurrentUser(new AnonymousUserSession());
    }
  }

}
