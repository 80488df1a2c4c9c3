<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

use Drupal\background_agents\Access\RunTokenAuthentication;
use Drupal\background_agents\Key\KeyAuthentication;
use Symfony\Component\HttpFoundation\Request;

/**
 * Tells the requests of machines: signed ones, and those with a token or key.
 *
 * Such a request is judged by its signature or token, whatever else it carries:
 * a session's cookie, basic authentication, a proxy's header.
 *
 * @internal
 */
final class MachineRequest {

  /**
   * What the paths of the endpoints hold, also behind a language prefix.
   */
  public const string PATH = '/background-agents/v1/';

  /**
   * Whether a request is to one of the endpoints for programs.
   */
  public static function isToEndpoint(Request $request): bool {
    return str_contains($request->getPathInfo(), self::PATH);
  }

  /**
   * Whether a request claims to be signed by the sidecar.
   */
  public static function isSigned(Request $request): bool {
    return $request->headers->has('webhook-signature') && self::isToEndpoint($request);
  }

  /**
   * Whether a request is a machine's, by what it claims: good or forged.
   */
  public static function isOne(Request $request): bool {
    return self::isSigned($request)
      || RunTokenAuthentication::tokenOf($request) !== NULL
      || KeyAuthentication::tokenOf($request) !== NULL
      || self::hasBearer($request);
  }

  /**
   * Whether a request to an endpoint carries a bearer token of any kind.
   *
   * Such as one of OAuth: a session that it carries besides would ask for the
   * header against forged requests.
   */
  private static function hasBearer(Request $request): bool {
    return self::isToEndpoint($request) && preg_match('/^Bearer\s/i', (string) $request->headers->get('Authorization', '')) === 1;
  }

}
