<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

use Drupal\Core\PageCache\RequestPolicyInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * Keeps machines' requests, good or bad, away from the page cache.
 *
 * A request with a bad token would else be answered 200 with what an anonymous
 * visitor saw.
 *
 * @internal
 */
final class DenyMachineRequests implements RequestPolicyInterface {

  /**
   * {@inheritdoc}
   */
  public function check(Request $request): ?string {
    return MachineRequest::isOne($request) ? self::DENY : NULL;
  }

}
