<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\AccountProxyInterface;

/**
 * Tells the accounts of OAuth tokens (the module Simple OAuth) from others.
 *
 * Such an account has the id of a person and less than their permissions.
 * Nothing here needs that module: its interface is looked for by its name.
 *
 * @internal
 */
final class TokenAccount {

  private const string INTERFACE = 'Drupal\simple_oauth\Authentication\TokenAuthUserInterface';

  /**
   * The account itself, without the proxy of the current user.
   */
  public static function within(AccountInterface $account): AccountInterface {
    return $account instanceof AccountProxyInterface ? $account->getAccount() : $account;
  }

  /**
   * Whether an account is that of a token.
   */
  public static function is(AccountInterface $account): bool {
    return is_a(self::within($account), self::INTERFACE);
  }

  /**
   * What sets the account's token apart from all others; NULL without a token.
   */
  public static function key(AccountInterface $account): ?string {
    $account = self::within($account);
    if (!is_a($account, self::INTERFACE)) {
      return NULL;
    }
    $token = $account->getToken();
    return $token instanceof EntityInterface ? "{$account->id()}.{$token->id()}.{$token->uuid()}" : "{$account->id()}.object." . spl_object_id($account);
  }

}
