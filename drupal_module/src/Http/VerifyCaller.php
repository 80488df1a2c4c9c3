<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\Component\Datetime\TimeInterface;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\HttpKernelInterface;

/**
 * Gives a request that the sidecar passes on the address of its caller.
 *
 * All that counts by address (flood limits of keys, passwords and other
 * modules, bans) then meets the caller, and not the sidecar and everybody
 * behind it. A header that is not the sidecar's is refused before anything else
 * is looked at.
 *
 * @internal
 */
final class VerifyCaller implements HttpKernelInterface {

  /**
   * The header of a dispatch key, for sites behind HTTP authentication.
   */
  public const string KEY_HEADER = 'X-Background-Agents-Key';

  public function __construct(
    private readonly HttpKernelInterface $httpKernel,
    private readonly SiteSecrets $secrets,
    private readonly TimeInterface $time,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function handle(Request $request, int $type = self::MAIN_REQUEST, bool $catch = TRUE): Response {
    if ($type === self::MAIN_REQUEST && $request->headers->has(CallerSignature::HEADER) && MachineRequest::isToEndpoint($request)) {
      $caller = $this->caller($request);
      if ($caller === NULL) {
        return (new Problem(401, 'caller_invalid', 'The caller is not believed', sprintf('The header %s was not signed by the sidecar of this site for this request. Leave it out. In a sidecar: check that both sides have the same secret, and their clocks.', CallerSignature::HEADER)))->toResponse();
      }
      self::comesFrom($request, $caller->address);
      $caller->noteOn($request);
    }
    return $this->httpKernel->handle($request, $type, $catch);
  }

  private function caller(Request $request): ?Caller {
    $headers = $request->headers->all(CallerSignature::HEADER);
    if (count($headers) !== 1 || $this->secrets->whatIsWrong() !== NULL) {
      return NULL;
    }
    return (new CallerSignature($this->secrets->all()))->verify((string) $headers[0], self::credential($request), $this->time->getCurrentTime());
  }

  /**
   * The credential of a request, as it came.
   */
  private static function credential(Request $request): string {
    $server = $request->server;
    // Symfony writes the header of a password anew: the bytes may be others.
    $authorization = $server->get('HTTP_AUTHORIZATION') ?? $server->get('REDIRECT_HTTP_AUTHORIZATION') ?? $request->headers->get('Authorization');
    return trim((string) ($request->headers->get(self::KEY_HEADER) ?? $authorization));
  }

  /**
   * Lets a request come from an address, also behind a proxy that is trusted.
   *
   * A trusted proxy goes on telling the host and the scheme.
   */
  private static function comesFrom(Request $request, string $address): void {
    if (!$request->isFromTrustedProxy()) {
      $request->server->set('REMOTE_ADDR', $address);
      return;
    }
    if ($request->headers->has('Forwarded')) {
      $request->headers->set('Forwarded', sprintf('for="%s";host="%s";proto=%s', str_contains($address, ':') ? "[$address]" : $address, $request->getHttpHost(), $request->getScheme()));
    }
    $request->headers->set('X-Forwarded-For', $address);
  }

}
