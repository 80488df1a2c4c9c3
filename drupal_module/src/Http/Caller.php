<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

use Symfony\Component\HttpFoundation\Request;

/**
 * By which door, and from which address, a request comes.
 *
 * What a request says of itself is believed only when the sidecar signed it:
 * see CallerSignature. All other requests come by the API, from their own
 * address.
 *
 * @internal
 */
final class Caller {

  /**
   * The attribute of the request that holds a verified caller.
   */
  private const ATTRIBUTE = '_background_agents_caller';

  public function __construct(
    public readonly string $door,
    public readonly string $address,
  ) {}

  /**
   * The caller of a request.
   */
  public static function of(Request $request): self {
    return $request->attributes->get(self::ATTRIBUTE) ?? new self('api', (string) $request->getClientIp());
  }

  /**
   * Notes the caller that the sidecar vouches for.
   */
  public function noteOn(Request $request): void {
    $request->attributes->set(self::ATTRIBUTE, $this);
  }

}
