<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\background_agents\Http\MachineRequest;
use Drupal\Core\Authentication\AuthenticationProviderInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * Keeps every other provider away from a request that claims to be signed.
 *
 * It comes first and gives no account: the sidecar is nobody's account, and the
 * controllers verify the signature. So a signed request is refused on routes
 * that do not name this provider, and a forged one never acts as the account of
 * a session, or of a password, that it carries besides.
 *
 * @internal
 */
final class SignatureAuthentication implements AuthenticationProviderInterface {

  public const string PROVIDER = 'background_agents_signature';

  /**
   * {@inheritdoc}
   */
  public function applies(Request $request): bool {
    return MachineRequest::isSigned($request);
  }

  /**
   * {@inheritdoc}
   */
  public function authenticate(Request $request): ?AccountInterface {
    return NULL;
  }

}
