<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Sidecar\ProviderKeys;
use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Site\Settings;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;
use Symfony\Component\HttpFoundation\IpUtils;
use Symfony\Component\HttpFoundation\Request;

/**
 * POST keys: the sidecar is lent keys of model providers.
 *
 * @internal
 */
final class KeysController implements ContainerInjectionInterface {

  use AutowireTrait;

  /**
   * Addresses of this machine: what goes there cannot be read on the way.
   */
  private const array LOOPBACK = ['127.0.0.0/8', '::1'];

  /**
   * Headers by which proxies tell that they are some.
   */
  private const array FORWARDED = [
    'Forwarded',
    'Via',
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Forwarded-Host',
    'X-Real-IP',
  ];

  public function __construct(
    private readonly SignedRequests $signed,
    private readonly Contracts $contracts,
    private readonly ProviderKeys $keys,
    private readonly SiteIdentity $identity,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * The keys that were asked for, as far as the site lends them.
   */
  public function lend(Request $request): Answer {
    $document = $this->signed->document($request);
    $errors = $this->contracts->errors($document, 'keys#/$defs/request');
    if ($errors !== []) {
      throw ProblemException::of(422, 'invalid', 'The request is not valid', $errors[0]['pointer'] . ': ' . $errors[0]['detail'], $errors);
    }
    $keys = $this->keys->of($document->providers);
    if ($keys !== [] && !$this->isSafe($request)) {
      throw ProblemException::of(403, 'keys_need_https', 'Keys go over HTTPS alone', "This site lends no keys over plain HTTP. Give the sidecar the https:// address of the site, or, where the network between them is yours alone, set \$settings['background_agents']['keys_over_http'] = TRUE.");
    }
    if ($keys !== []) {
      $this->logger->info('The sidecar was lent the keys of: @providers.', ['@providers' => implode(', ', array_keys($keys))]);
    }
    return new Answer(['keys' => (object) $keys] + $this->identity->document());
  }

  /**
   * Whether nobody can read the answer on its way.
   */
  private function isSafe(Request $request): bool {
    return $request->isSecure()
      || (IpUtils::checkIp((string) $request->getClientIp(), self::LOOPBACK) && !self::isForwarded($request))
      || (Settings::get('background_agents', [])['keys_over_http'] ?? FALSE) === TRUE;
  }

  /**
   * Whether a proxy on this machine passed it on for somebody else.
   *
   * Where the site does not know the proxy, it takes that for the client.
   */
  private static function isForwarded(Request $request): bool {
    return array_filter(self::FORWARDED, $request->headers->has(...)) !== [];
  }

}
