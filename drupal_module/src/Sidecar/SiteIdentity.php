<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\background_agents\Http\ProblemException;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Site\Settings;
use Symfony\Component\HttpFoundation\RequestStack;

/**
 * Which site this is, by its own settings: what tells it from its copies.
 *
 * A copy has the database and the secret of its site. Its base URL is another
 * one, if it is set in settings.php, or in the environment, of each. It is
 * never taken from a request: anybody may ask by any name.
 *
 * @internal
 */
final class SiteIdentity {

  private const string VARIABLE = 'BACKGROUND_AGENTS_BASE_URL';

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly Settings $settings,
    private readonly RequestStack $requestStack,
  ) {}

  /**
   * The id of the site, one for all that the sidecar knows of it.
   */
  public function id(): string {
    return (string) $this->configFactory->get('background_agents.settings')->get('site_id');
  }

  /**
   * The configured base URL without a slash at the end; empty: none is set.
   */
  public function baseUrl(): string {
    return $this->whatIsWrong() === NULL ? $this->given() : '';
  }

  /**
   * What is wrong with the base URL that is set, in a sentence; NULL: nothing.
   */
  public function whatIsWrong(): ?string {
    $given = $this->given();
    $parts = $given === '' ? ['scheme' => 'https', 'host' => '-'] : (parse_url($given) ?: []);
    $whole = in_array($parts['scheme'] ?? '', ['http', 'https'], TRUE) && ($parts['host'] ?? '') !== '' && array_diff_key($parts, [
      'scheme' => 1,
      'host' => 1,
      'port' => 1,
      'path' => 1,
    ]) === [];
    return $whole && strlen($given) <= 255 ? NULL : "\$settings['background_agents']['base_url'] is no base URL. Give it as in https://www.example.org.";
  }

  /**
   * Whether agents are off here by settings.php, as on a copy.
   */
  public function isOff(): bool {
    return (bool) ($this->own()['off'] ?? FALSE);
  }

  /**
   * The host of this request, when it is none of this site's.
   *
   * @return string|null
   *   NULL: it is, or nobody can tell: no base URL is set, or no page is asked.
   */
  public function foreignHost(): ?string {
    $host = $this->requestStack->getMainRequest()?->getHost() ?? '';
    $own = [parse_url($this->baseUrl(), PHP_URL_HOST), ...(array) ($this->own()['hosts'] ?? [])];
    $unknown = $this->baseUrl() === '' || in_array($host, ['', 'default'], TRUE);
    return $unknown || in_array(strtolower($host), array_map(strtolower(...), array_filter($own, is_string(...))), TRUE) ? NULL : $host;
  }

  /**
   * The identity as it stands in documents.
   *
   * @return array{site: string, base_url: string}
   */
  public function document(): array {
    return ['site' => $this->id(), 'base_url' => $this->baseUrl()];
  }

  /**
   * Refuses a document that is meant for another site.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   409 wrong_site.
   */
  public function refuseOthers(mixed $document): void {
    foreach ($this->document() as $name => $own) {
      $told = $document instanceof \stdClass ? $document->$name ?? $own : $own;
      if (is_string($told) && rtrim($told, '/') !== $own) {
        throw ProblemException::of(409, 'wrong_site', 'Another site', sprintf('By its settings this site is "%s" (%s), and the request is meant for "%s". If this site has moved, run on the sidecar: sidecar accept-site %s. If it is a copy, the sidecar has to be given the address of its own site.', $own, $name, mb_substr($told, 0, 255), $this->id()), [], ['this' => $this->document()]);
      }
    }
  }

  private function given(): string {
    $given = $this->own()['base_url'] ?? getenv(self::VARIABLE);
    return is_string($given) ? rtrim(trim($given), '/') : '';
  }

  private function own(): array {
    return (array) $this->settings->get('background_agents', []);
  }

}
