<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\State\StateInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use GuzzleHttp\ClientInterface;
use GuzzleHttp\Exception\GuzzleException;

/**
 * Whether the sidecar is there, for the status report.
 *
 * @internal
 */
final class SidecarHealth {

  use StringTranslationTrait;

  public function __construct(
    private readonly ClientInterface $httpClient,
    private readonly StateInterface $state,
    private readonly TimeInterface $time,
    private readonly DateFormatterInterface $dateFormatter,
  ) {}

  /**
   * What is wrong with the sidecar at an address.
   *
   * @param string $url
   *   Its URL, without a slash at the end.
   *
   * @return \Drupal\Core\StringTranslation\TranslatableMarkup|null
   *   A sentence; NULL when it is ready. Takes two seconds at most.
   */
  public function problem(string $url): ?TranslatableMarkup {
    try {
      $response = $this->httpClient->request('GET', $url . '/ready', [
        'connect_timeout' => 1,
        'timeout' => 2,
        'http_errors' => FALSE,
        'allow_redirects' => FALSE,
      ]);
    }
    catch (GuzzleException) {
      return $this->t('Nothing answers at @url. Start the sidecar, or correct the URL.', ['@url' => $url]);
    }
    $status = $response->getStatusCode();
    return match (TRUE) {
      $status === 200 => NULL,
      $status === 503 => $this->t('The sidecar at @url runs but is not ready; its command "sidecar doctor" says why.', ['@url' => $url]),
      default => $this->t('What answers at @url is not a sidecar: it answered with the status @status.', [
        '@url' => $url,
        '@status' => $status,
      ]),
    };
  }

  /**
   * Seconds since the sidecar last sent a signed request; NULL: never.
   */
  public function secondsSinceContact(): ?int {
    $time = $this->state->get('background_agents.last_contact');
    return is_numeric($time) ? max(0, $this->time->getCurrentTime() - (int) $time) : NULL;
  }

  /**
   * A time span for people.
   */
  public function ago(int $seconds): string {
    return (string) $this->dateFormatter->formatInterval(max(1, $seconds), 1);
  }

}
