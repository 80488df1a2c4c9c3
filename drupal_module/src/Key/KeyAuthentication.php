<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

use Drupal\background_agents\Http\Caller;
use Drupal\background_agents\Http\MachineRequest;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\VerifyCaller;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Authentication\AuthenticationProviderInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * Authenticates a person's program by a dispatch key.
 *
 * A key that is not accepted is answered by one problem document, whatever is
 * wrong with it. Never NULL: Drupal takes that for "anonymous".
 *
 * @internal
 */
final class KeyAuthentication implements AuthenticationProviderInterface {

  public const string PROVIDER = 'background_agents_key';

  public function __construct(
    private readonly KeyStore $keys,
    private readonly KeyOwners $owners,
    private readonly CurrentKey $current,
    private readonly WrongKeys $wrongKeys,
    private readonly TimeInterface $time,
  ) {}

  /**
   * What a request gives as its key, well-formed or not; NULL: nothing.
   */
  public static function tokenOf(Request $request): ?string {
    $own = $request->headers->get(VerifyCaller::KEY_HEADER);
    if ($own !== NULL) {
      return trim($own);
    }
    $authorization = (string) $request->headers->get('Authorization', '');
    return preg_match('/^Bearer\s+(' . DispatchKeyToken::PREFIX . '.*)$/is', $authorization, $match) ? trim($match[1]) : NULL;
  }

  /**
   * {@inheritdoc}
   */
  public function applies(Request $request): bool {
    return self::tokenOf($request) !== NULL;
  }

  /**
   * {@inheritdoc}
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   401 key_invalid; 429 too_many_requests after many of them; 403 where keys
   *   open nothing.
   */
  public function authenticate(Request $request): AccountInterface {
    $token = DispatchKeyToken::parse((string) self::tokenOf($request));
    $key = $token === NULL ? NULL : $this->keys->byToken($token);
    $owner = $key === NULL || $key->isExpired($this->time->getCurrentTime()) ? NULL : $this->owners->of($key);
    $caller = Caller::of($request);
    if ($key === NULL || $owner === NULL) {
      $this->wrongKeys->note($caller->address);
      throw ProblemException::of(401, 'key_invalid', 'The dispatch key is not accepted', 'The dispatch key is not known, has expired or was revoked, or its owner may not use it any more. Make a new one on the page "Dispatch keys" of the account.');
    }
    if (!MachineRequest::isToEndpoint($request)) {
      // Before routing: no page of the site answers otherwise, or is built.
      // What only holds this path in its own is closed by KeyRoutes.
      throw ProblemException::of(403, 'forbidden', 'Not for dispatch keys', 'A dispatch key opens the endpoints for programs alone, under ' . MachineRequest::PATH);
    }
    $this->current->set($key);
    $this->keys->used($key, $caller->door, $caller->address);
    return $owner;
  }

}
