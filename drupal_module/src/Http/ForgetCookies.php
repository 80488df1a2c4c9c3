<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\HttpKernelInterface;

/**
 * Takes the cookies from machines' requests before a session is looked for.
 *
 * A session that such a request carries is not loaded, not written to, and asks
 * for no header against forged requests: nothing is done in its name.
 *
 * @internal
 */
final class ForgetCookies implements HttpKernelInterface {

  public function __construct(
    private readonly HttpKernelInterface $httpKernel,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function handle(Request $request, int $type = self::MAIN_REQUEST, bool $catch = TRUE): Response {
    if ($type === self::MAIN_REQUEST && MachineRequest::isOne($request)) {
      $request->cookies->replace();
      $request->headers->remove('Cookie');
    }
    return $this->httpKernel->handle($request, $type, $catch);
  }

}
