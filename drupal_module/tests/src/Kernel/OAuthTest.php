<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Hook\OAuthRequirementsHooks;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\OAuth\TokenFacts;
use Drupal\background_agents\OAuth\TokenRequestSubscriber;
use Drupal\background_agents\OAuth\Tokens;
use Drupal\background_agents\Ui\ContentTypes;
use Drupal\Core\Extension\Requirement\RequirementSeverity;
use Drupal\Core\Session\AccountInterface;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpFoundation\Session\Storage\MockArraySessionStorage;
use Symfony\Component\HttpKernel\Event\RequestEvent;
use Symfony\Component\HttpKernel\HttpKernelInterface;

/**
 * Our scope, and what tokens with it and without it may, on Simple OAuth 6.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class OAuthTest extends AgentsKernelTestBase {

  private const string SCOPE = 'background_agents:dispatch';

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['image', 'path_alias'];

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    foreach (['consumers', 'simple_oauth'] as $module) {
      if (!is_dir(DRUPAL_ROOT . "/modules/contrib/$module")) {
        $this->markTestSkipped("The module $module is not on this site.");
      }
      static::$modules[] = $module;
    }
    parent::setUp();
    foreach (['consumer', 'oauth2_token', 'path_alias'] as $type) {
      $this->installEntitySchema($type);
    }
    $this->installConfig(['simple_oauth']);
    \Drupal::service('config.installer')->installOptionalConfig(NULL, ['module' => 'background_agents']);
    $this->agent('alpha');
    $this->agent('beta');
    $this->role('runs_alpha', ['access content', 'run alpha background agent', 'view own background agent runs', 'view any background agent run', 'create article content']);
    $this->role('runs_beta', ['run beta background agent']);
  }

  /**
   * Agents neither read nor write tokens and clients, whatever they are bound to.
   */
  public function testAgentsAreKeptFromCredentials(): void {
    $this->role('snooping', ['administer consumer entities', 'administer simple_oauth entities'], TRUE);
    $content = ['consumer' => ['consumer' => ['read', 'create', 'revise']], 'oauth2_token' => ['access_token' => ['read', 'create', 'revise']]];
    $run = $this->running($this->agent('snoop', ['content' => $content], 'snooping'));
    $this->token($this->account('owner', 'runs_alpha'), [self::SCOPE]);
    foreach (['consumer' => 'consumer', 'oauth2_token' => 'access_token'] as $type => $bundle) {
      $storage = \Drupal::entityTypeManager()->getStorage($type);
      $entity = current($storage->loadMultiple());
      foreach (['view', 'view label', 'update', 'delete'] as $operation) {
        $this->assertTrue($this->inRun($run, static fn (): bool => $entity->access($operation, NULL, TRUE)->isForbidden()), "$operation $type");
      }
      $this->assertTrue($this->inRun($run, static fn (): bool => \Drupal::entityTypeManager()->getAccessControlHandler($type)->createAccess($bundle, NULL, [], TRUE)->isForbidden()), $type);
      $this->assertArrayNotHasKey($type, \Drupal::service(ContentTypes::class)->labels());
    }
  }

  /**
   * The scope is made, and opens each agent; a new one, too.
   */
  public function testTheScope(): void {
    $scope = $this->scope(self::SCOPE);
    $this->assertSame('background_agents_dispatch', $scope->id());
    $this->assertSame([
      'run any background agent', 'run alpha background agent', 'run beta background agent', 'view own background agent runs', 'manage own background agent runs',
    ], $scope->getPermissions());
    // It goes with our module; with Simple OAuth it goes anyway.
    $this->assertSame(['module' => ['background_agents']], \Drupal::entityTypeManager()->getStorage('oauth2_scope')->load('background_agents_dispatch')->getDependencies());
    $person = $this->account('person', 'runs_alpha');
    $token = $this->token($person, [self::SCOPE]);
    $this->assertFalse($token->hasPermission('run gamma background agent'));
    $this->agent('gamma');
    Role::load('runs_alpha')->grantPermission('run gamma background agent')->save();
    $this->assertTrue($token->hasPermission('run gamma background agent'));
  }

  /**
   * What the scope and the person have both, and no more.
   */
  public function testPermissions(): void {
    $token = $this->token($this->account('person', 'runs_alpha'), [self::SCOPE]);
    $this->assertSame([TRUE, FALSE, FALSE], $this->has($token, 'run alpha background agent', 'run beta background agent', 'run any background agent'));
    $this->assertSame([TRUE, FALSE, FALSE, FALSE], $this->has($token, 'view own background agent runs', 'manage own background agent runs', 'view any background agent run', 'create article content'));
  }

  /**
   * Who sees or steers all runs has their own by a token, and no others.
   */
  public function testOwnRunsOfThoseWhoSeeAll(): void {
    $all = ['view own background agent runs', 'manage own background agent runs', 'view any background agent run', 'manage any background agent run'];
    $this->role('reviewer', ['view any background agent run']);
    $this->assertSame([TRUE, FALSE, FALSE, FALSE], $this->has($this->token($this->account('reviewer', 'reviewer'), [self::SCOPE]), ...$all));
    $this->role('builder', ['administer background agents']);
    $this->assertSame([TRUE, TRUE, FALSE, FALSE], $this->has($this->token($this->account('builder', 'builder'), [self::SCOPE]), ...$all));
    $this->assertSame([FALSE, FALSE, FALSE, FALSE], $this->has($this->token($this->account('nobody', 'runs_beta'), [self::SCOPE]), ...$all));
    $this->makeScope('other', ['granularity_id' => 'permission', 'granularity_configuration' => ['permission' => 'access content']]);
    $this->assertSame([FALSE, FALSE, FALSE, FALSE], $this->has($this->token($this->account('other', 'reviewer'), ['other']), ...$all));
  }

  /**
   * Two people, one client, one scope: the first one's is not the second one's.
   */
  public function testNothingIsShared(): void {
    $first = $this->token($this->account('first', 'runs_alpha'), [self::SCOPE]);
    $second = $this->token($this->account('second', 'runs_beta'), [self::SCOPE]);
    $this->assertSame([TRUE, FALSE], $this->has($first, 'run alpha background agent', 'run beta background agent'));
    $this->assertSame([FALSE, TRUE], $this->has($second, 'run alpha background agent', 'run beta background agent'));
  }

  /**
   * A role that is taken takes its permissions, also those that are kept.
   */
  public function testARoleIsTaken(): void {
    $person = $this->account('person', 'runs_alpha');
    $token = $this->token($person, [self::SCOPE]);
    $this->assertSame([TRUE], $this->has($token, 'run alpha background agent'));
    // Simple OAuth deletes a person's tokens when they are saved: not so when
    // somebody else's code empties the cache of the account alone.
    \Drupal::database()->delete('user__roles')->condition('entity_id', $person->id())->execute();
    \Drupal::entityTypeManager()->getStorage('user')->resetCache();
    \Drupal::service('cache_tags.invalidator')->invalidateTags($person->getCacheTags());
    $token = $this->token($person, [], \Drupal::entityTypeManager()->getStorage('oauth2_token')->loadUnchanged($token->getToken()->id()));
    $this->assertSame([FALSE], $this->has($token, 'run alpha background agent'));
  }

  /**
   * An administrator's token is none.
   */
  public function testNoAdministrator(): void {
    $administrator = \Drupal::entityTypeManager()->getStorage('user')->load(1);
    $token = $this->token($administrator, [self::SCOPE]);
    $this->assertSame([TRUE, FALSE, FALSE], $this->has($token, 'run beta background agent', 'administer users', 'administer background agents'));
    $this->assertSame([TRUE], $this->has($administrator, 'administer users'));
  }

  /**
   * What a token says of itself.
   */
  public function testFacts(): void {
    $this->makeScope('other', ['granularity_id' => 'permission', 'granularity_configuration' => ['permission' => 'access content']]);
    $this->makeScope('all', ['umbrella' => TRUE]);
    $this->makeScope('all:agents', ['parent' => 'all', 'granularity_id' => 'background_agents_dispatch']);
    $person = $this->account('person', 'runs_alpha');
    $facts = $this->facts($person, [self::SCOPE, 'other']);
    $this->assertSame(['Client', [self::SCOPE, 'other'], 2000000000], [$facts->client, $facts->scopes, $facts->expires]);
    $expected = ['other' => [FALSE, FALSE], self::SCOPE => [TRUE, TRUE], 'all' => [TRUE, TRUE], 'all:agents' => [TRUE, TRUE]];
    foreach ($expected as $name => $kinds) {
      $facts = $this->facts($person, [$name]);
      $this->assertSame($kinds, [$facts->dispatches, $facts->dispatchesOnly], $name);
    }
    $facts = $this->facts($person, [self::SCOPE, 'other']);
    $this->assertSame([TRUE, FALSE, FALSE], [$facts->dispatches, $facts->dispatchesOnly, $facts->isOrphan]);
    $this->assertSame([FALSE, FALSE], [$this->facts($person, [])->dispatches, $this->facts($person, [])->dispatchesOnly]);
    $this->assertNull(\Drupal::service(Tokens::class)->of($person));
  }

  /**
   * The status report says what is missing, and what to do.
   */
  public function testStatusReport(): void {
    $entry = $this->entry();
    $this->assertSame(RequirementSeverity::Warning, $entry['severity']);
    foreach (['no keys', 'Grant OAuth2 codes', 'Server Metadata', 'Client Registration'] as $missing) {
      $this->assertStringContainsString($missing, $entry['description']['#plain_text']);
    }
    $this->assertStringNotContainsString('No scope', $entry['description']['#plain_text']);
    \Drupal::configFactory()->getEditable('simple_oauth.settings')->set('public_key', __FILE__)->set('private_key', __FILE__)->save();
    Role::load('runs_alpha')->grantPermission('grant simple_oauth codes')->save();
    \Drupal::entityTypeManager()->getStorage('oauth2_scope')->load('background_agents_dispatch')->delete();
    $entry = $this->entry();
    foreach (['no keys', 'Grant OAuth2 codes'] as $there) {
      $this->assertStringNotContainsString($there, $entry['description']['#plain_text']);
    }
    $this->assertStringContainsString('No scope', $entry['description']['#plain_text']);
  }

  private function entry(): array {
    return \Drupal::service(OAuthRequirementsHooks::class)->runtime()['background_agents_oauth'];
  }

  /**
   * Endpoints are for tokens with our scope, the rest for those with another.
   */
  public function testDoors(): void {
    $this->makeScope('other', ['granularity_id' => 'permission', 'granularity_configuration' => ['permission' => 'access content']]);
    $person = $this->account('person', 'runs_alpha');
    $this->assertSame([NULL, 'scope_missing'], $this->refusals($this->token($person, [self::SCOPE])));
    $this->assertSame(['scope_missing', NULL], $this->refusals($this->token($person, ['other'])));
    $this->assertSame([NULL, NULL], $this->refusals($this->token($person, [self::SCOPE, 'other'])));
    $this->assertSame(['scope_missing', NULL], $this->refusals($this->token($person, [])));
    $this->assertSame([NULL, NULL], $this->refusals($person));
  }

  /**
   * The codes with which an endpoint and a page refuse an account; NULL: not.
   */
  private function refusals(AccountInterface $account): array {
    \Drupal::currentUser()->setAccount($account);
    return array_map(function (string $path) use ($account): ?string {
      $request = Request::create($path, 'POST', cookies: ['SESS' => 'a']);
      $request->setSession(new Session(new MockArraySessionStorage()));
      try {
        \Drupal::service(TokenRequestSubscriber::class)->onRequest(new RequestEvent(\Drupal::service('http_kernel'), $request, HttpKernelInterface::MAIN_REQUEST));
      }
      catch (ProblemException $exception) {
        $this->assertSame(403, $exception->problem->status);
        return $exception->problem->code;
      }
      $this->assertSame($account instanceof User || $path === '/user/1/edit', $request->cookies->has('SESS'));
      return NULL;
    }, ['/background-agents/v1/runs', '/user/1/edit']);
  }

  private function facts(UserInterface $person, array $scopes): TokenFacts {
    $facts = \Drupal::service(Tokens::class)->of($this->token($person, $scopes));
    $this->assertNotNull($facts);
    return $facts;
  }

  /**
   * What an account may, asked as the account of the request.
   */
  private function has(AccountInterface $account, string ...$permissions): array {
    \Drupal::service('cache.access_policy_memory')->deleteAll();
    \Drupal::currentUser()->setAccount($account);
    return array_map($account->hasPermission(...), $permissions);
  }

  /**
   * The account of a token of Simple OAuth.
   */
  private function token(UserInterface $person, array $scopes, ?object $token = NULL): AccountInterface {
    $manager = \Drupal::entityTypeManager();
    $client = $manager->getStorage('consumer')->loadByProperties(['client_id' => 'client']);
    $client = reset($client);
    if (!$client) {
      $client = $manager->getStorage('consumer')->create(['client_id' => 'client', 'label' => 'Client', 'grant_types' => ['authorization_code']]);
      $client->save();
    }
    if ($token === NULL) {
      $token = $manager->getStorage('oauth2_token')->create([
        'bundle' => 'access_token',
        'auth_user_id' => $person->id(),
        'client' => $client->id(),
        'scopes' => array_map(fn (string $name): array => ['scope_id' => $this->scope($name)->id()], $scopes),
        'value' => $this->randomMachineName(40),
        'expire' => 2000000000,
        'status' => TRUE,
      ]);
      $token->save();
    }
    $account = 'Drupal\simple_oauth\Authentication\TokenAuthUser';
    return new $account(\Drupal::service('permission_checker'), $token, \Drupal::service('psr7.http_message_factory'), \Drupal::requestStack());
  }

  private function scope(string $name): object {
    $scope = \Drupal::service('simple_oauth.oauth2_scope.provider')->loadByName($name);
    $this->assertNotNull($scope, $name);
    return $scope;
  }

  private function makeScope(string $name, array $values): void {
    \Drupal::entityTypeManager()->getStorage('oauth2_scope')->create($values + [
      'name' => $name,
      'description' => $name,
      'grant_types' => ['authorization_code' => ['status' => TRUE, 'description' => '']],
      'umbrella' => FALSE,
    ])->save();
  }

}
