<?php

/**
 * @file
 * Asks what accounts of OAuth tokens may; prints JSON.
 *
 * Simple OAuth is not needed: its interface, its policy and its scopes stand
 * here as far as permissions need them. Needs the people of core.php.
 */

declare(strict_types=1);

namespace Drupal\simple_oauth\Authentication {

  // phpcs:ignore Drupal.Classes.ClassFileName.NoMatch, Drupal.Commenting.ClassComment.Missing
  interface TokenAuthUserInterface {}

}

namespace {

  use Drupal\background_agents\Access\TokenAccessPolicy;
  use Drupal\background_agents\Dispatch\Dispatcher;
  use Drupal\background_agents\Dispatch\DispatchRefused;
  use Drupal\background_agents\Dispatch\DispatchRequest;
  use Drupal\background_agents\OAuth\DispatchPermissions;
  use Drupal\Core\Session\AccessPolicyBase;
  use Drupal\Core\Session\AccountInterface;
  use Drupal\Core\Session\CalculatedPermissionsItem;
  use Drupal\Core\Session\RefinableCalculatedPermissions;
  use Drupal\Core\Session\RefinableCalculatedPermissionsInterface;
  use Drupal\Core\Session\UserSession;
  use Drupal\simple_oauth\Authentication\TokenAuthUserInterface;
  use Drupal\user\Entity\User;

  /**
   * The account of a token: a person's id, the role of everybody, few scopes.
   */
  final class ATokenAccount extends UserSession implements TokenAuthUserInterface {

    public function __construct(public readonly User $subject, public readonly array $scopes, public readonly bool $ofClient = FALSE) {
      parent::__construct(['uid' => $subject->id(), 'name' => $subject->getAccountName(), 'roles' => ['authenticated']]);
    }

    public function getToken(): object {
      return $this;
    }

    public function get(string $field): object {
      return $this;
    }

    public function getScopes(): array {
      return $this->scopes;
    }

  }

  /**
   * As Simple OAuth's policies: the person's roles, then only the scopes.
   */
  final class ScopePolicy extends AccessPolicyBase {

    public function calculatePermissions(AccountInterface $account, string $scope): RefinableCalculatedPermissionsInterface {
      $calculated = parent::calculatePermissions($account, $scope);
      if ($account instanceof ATokenAccount) {
        foreach (\Drupal::entityTypeManager()->getStorage('user_role')->loadMultiple($account->subject->getRoles()) as $role) {
          $calculated->addItem(new CalculatedPermissionsItem($role->getPermissions(), $role->isAdmin()));
        }
      }
      return $calculated;
    }

    public function alterPermissions(AccountInterface $account, string $scope, RefinableCalculatedPermissionsInterface $calculated_permissions): void {
      foreach ($account instanceof ATokenAccount ? $calculated_permissions->getItems() : [] as $item) {
        $permissions = $account->ofClient ? $account->scopes : array_intersect($item->getPermissions(), $account->scopes);
        $calculated_permissions->addItem(new CalculatedPermissionsItem($permissions, $item->isAdmin()), TRUE);
      }
    }

    public function getPersistentCacheContexts(): array {
      return ['user.roles'];
    }

  }

  $processor = \Drupal::service('access_policy_processor');
  $processor->addAccessPolicy(new ScopePolicy());
  $forget = static function (bool $all = TRUE): void {
    foreach ($all ? ['cache.access_policy', 'cache.access_policy_memory'] : ['cache.access_policy_memory'] as $bin) {
      \Drupal::service($bin)->deleteAll();
    }
    \Drupal::entityTypeManager()->getAccessControlHandler('background_agents_agent')->resetCache();
  };
  $current = static fn (AccountInterface $account) => \Drupal::currentUser()->setAccount($account);
  $dispatch = static function (AccountInterface $account) use ($current): string {
    $current($account);
    try {
      return \Drupal::service(Dispatcher::class)->dispatch(new DispatchRequest('core', 'api', requester: (int) $account->id()))->run->getState()->value;
    }
    catch (DispatchRefused $refused) {
      return $refused->problem->code;
    }
  };
  $person = static function (string $name): User {
    $found = \Drupal::entityTypeManager()->getStorage('user')->loadByProperties(['name' => $name]);
    return reset($found);
  };
  $runner = $person('core_runner');
  $stranger = $person('core_stranger');
  $run = 'run core background agent';
  $create = 'create article content';
  $result = [];

  // A token whose scopes do not name the agent, though its person may run it.
  $forget();
  $narrow = new ATokenAccount($runner, [$create]);
  $result['narrow'] = ['dispatch' => $dispatch($narrow), 'run' => $narrow->hasPermission($run), 'create' => $narrow->hasPermission($create)];
  $forget(FALSE);
  $result['narrow_later'] = ['run' => $narrow->hasPermission($run), 'create' => $narrow->hasPermission($create)];

  // A token whose scopes name the agent alone.
  $forget();
  $runs = new ATokenAccount($runner, [$run]);
  $result['runs'] = ['dispatch' => $dispatch($runs), 'create' => $runs->hasPermission($create)];
  $forget(FALSE);
  $result['runs_later'] = ['run' => $runs->hasPermission($run), 'create' => $runs->hasPermission($create)];

  // A client's own token may what its scopes say; its person may not run.
  $forget();
  $result['client'] = $dispatch(new ATokenAccount($stranger, [$run], TRUE));

  // Whoever comes first: two people, equal scopes.
  $forget();
  $result['first'] = $dispatch($runs);
  $forget(FALSE);
  $result['second'] = $dispatch(new ATokenAccount($stranger, [$run]));

  // Anybody's code loads the person anew and asks, while a token is at work.
  $forget();
  $current($narrow);
  User::load($runner->id())->hasPermission($run);
  $result['asked_anew'] = $narrow->hasPermission($run);
  $forget(FALSE);
  $result['asked_anew_later'] = $narrow->hasPermission($run);

  // The person, without a token, after all of this.
  $forget(FALSE);
  $result['person'] = $dispatch($runner);

  // An administrator's token; with scopes as Simple OAuth's provider tells.
  $forget();
  $admin = new ATokenAccount(User::load(1), [$run]);
  $current($admin);
  $result['admin'] = ['administer' => $admin->hasPermission('administer users'), 'session' => User::load(1)->id()];
  $provider = new class () {

    public function getPermissions(string $scope): array {
      return [$scope];
    }

  };
  $calculated = (new RefinableCalculatedPermissions())->addItem(new CalculatedPermissionsItem([], TRUE));
  (new TokenAccessPolicy(\Drupal::currentUser(), \Drupal::service(DispatchPermissions::class), $provider))->alterPermissions($admin, 'drupal', $calculated);
  $result['admin_scopes'] = ['admin' => $calculated->getItem()->isAdmin(), 'permissions' => $calculated->getItem()->getPermissions()];
  $forget();
  $current(User::load(1));
  $result['administrator'] = \Drupal::currentUser()->hasPermission('administer users');

  $forget();
  print json_encode($result);
}
