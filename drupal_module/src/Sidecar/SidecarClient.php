<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Http\Signature;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\State\StateInterface;
use GuzzleHttp\ClientInterface;
use GuzzleHttp\Exception\GuzzleException;
use Psr\Log\LoggerInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Speaks to the sidecar. The only class that makes HTTP requests.
 *
 * After failures a breaker keeps requests from waiting for a sidecar that is
 * down: nothing is lost, rows stay in the outbox.
 *
 * @internal
 */
final class SidecarClient {

  private const CONNECT_SECONDS = 0.3;
  private const TOTAL_SECONDS = 1.0;
  private const BREAKER = 'background_agents.breaker';

  /**
   * Failures in a row that open the breaker, and for how many seconds.
   */
  private const FAILURES = 3;
  private const OPEN_SECONDS = 30;

  public function __construct(
    private readonly ClientInterface $http,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly SiteSecrets $secrets,
    private readonly SiteIdentity $identity,
    private readonly StateInterface $state,
    private readonly TimeInterface $time,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerInterface $logger,
  ) {}

  /**
   * Whether there is somebody to speak to, and the breaker is closed.
   *
   * A copy of the site does not speak: it would command the site's own runs.
   */
  public function isReady(): bool {
    return $this->url() !== '' && !$this->identity->isOff() && $this->identity->foreignHost() === NULL && $this->secrets->whatIsWrong() === NULL && !$this->isOpen();
  }

  /**
   * Sends jobs.
   *
   * @param \stdClass[] $jobs
   *   Jobs with attempt.
   *
   * @return array{accepted: string[], refused: array<string, string>}|null
   *   UUIDs that the sidecar has stored, and reasons by UUID of those that it
   *   refused; NULL when it did not answer as it should.
   */
  public function pushJobs(array $jobs): ?array {
    $answer = $this->post('v1/jobs', $this->identity->document() + ['jobs' => $jobs]);
    if ($answer === NULL) {
      return NULL;
    }
    $refused = [];
    foreach ((array) ($answer->refused ?? []) as $problem) {
      $refused[$problem->run ?? ''] = $problem->detail ?? $problem->code ?? 'no reason given';
    }
    return ['accepted' => array_column((array) ($answer->accepted ?? []), 'run'), 'refused' => $refused];
  }

  /**
   * Sends commands and the stop switch, ahead of the next answer to events.
   *
   * @param array $commands
   *   Commands for runs, as in an answer to events.
   * @param bool $stop
   *   Whether agents are stopped.
   * @param int|null $look_in
   *   Seconds after which there is something to claim; NULL: nothing known.
   * @param string|null $schedules
   *   The version of the schedules, when it is another one; else NULL.
   * @param bool $webhooks
   *   Whether messages of webhooks wait to be sent.
   *
   * @return bool
   *   Whether the sidecar took them. If not, it gets them with that answer.
   */
  public function pushCommands(array $commands, bool $stop, ?int $look_in = NULL, ?string $schedules = NULL, bool $webhooks = FALSE): bool {
    $more = array_filter([
      'look_in' => $look_in,
      'schedules' => $schedules,
      'webhooks' => $webhooks ?: NULL,
    ], static fn (mixed $value): bool => $value !== NULL);
    return $this->post('v1/commands', $this->identity->document() + ['stop' => $stop, 'commands' => $commands] + $more) !== NULL;
  }

  /**
   * Asks whether the sidecar is there, whatever the breaker says.
   *
   * @return string|null
   *   What is wrong, in a sentence; NULL when it answers.
   */
  public function whatIsWrong(): ?string {
    if ($this->url() === '') {
      return 'No URL of the sidecar is set.';
    }
    try {
      $status = $this->http->request('GET', $this->url() . '/health', $this->options())->getStatusCode();
      return $status === 200 ? NULL : "The sidecar at {$this->url()} answers with the status $status.";
    }
    catch (GuzzleException) {
      return "The sidecar at {$this->url()} does not answer. Start it, or correct the URL.";
    }
  }

  /**
   * What the last request failed by; NULL when the last one was taken.
   */
  public function lastFailure(): ?string {
    return $this->state->get(self::BREAKER)['what'] ?? NULL;
  }

  /**
   * What the sidecar says when it serves another site; NULL: it does not.
   */
  public function otherSite(): ?string {
    $last = $this->state->get(self::BREAKER) ?? [];
    return ($last['other_site'] ?? FALSE) ? $last['what'] : NULL;
  }

  private function post(string $path, array $document): ?\stdClass {
    $body = Json::encode($document);
    $id = Signature::newId(Signature::FROM_DRUPAL);
    $now = $this->time->getCurrentTime();
    try {
      $response = $this->http->request('POST', "{$this->url()}/$path", $this->options() + [
        'body' => $body,
        'headers' => [
          'Content-Type' => 'application/json',
          'webhook-id' => $id,
          'webhook-timestamp' => (string) $now,
          'webhook-signature' => (new Signature($this->secrets->all()))->sign($id, $now, $body),
        ],
      ]);
      $status = $response->getStatusCode();
      $answer = json_decode((string) $response->getBody());
      if ($status === 202) {
        $this->succeeded();
        return $answer instanceof \stdClass ? $answer : new \stdClass();
      }
      $this->failed("it answers with the status $status" . (isset($answer->detail) ? ": {$answer->detail}" : ''), ($answer->code ?? '') === 'wrong_site');
    }
    catch (GuzzleException | \JsonException $error) {
      $this->failed($error->getMessage());
    }
    return NULL;
  }

  private function options(): array {
    return [
      'connect_timeout' => self::CONNECT_SECONDS,
      'timeout' => self::TOTAL_SECONDS,
      'http_errors' => FALSE,
      'allow_redirects' => FALSE,
    ];
  }

  private function isOpen(): bool {
    return ($this->state->get(self::BREAKER)['until'] ?? 0) > $this->time->getCurrentTime();
  }

  private function failed(string $what, bool $otherSite = FALSE): void {
    $failures = ($this->state->get(self::BREAKER)['failures'] ?? 0) + 1;
    $until = $failures >= self::FAILURES ? $this->time->getCurrentTime() + self::OPEN_SECONDS : 0;
    $this->state->set(self::BREAKER, [
      'failures' => $failures,
      'until' => $until,
      'what' => mb_substr($what, 0, 500),
      'other_site' => $otherSite,
    ]);
    $this->logger->warning('The sidecar did not take a request: @what. Nothing is lost, it is sent again.', ['@what' => $what]);
  }

  private function succeeded(): void {
    if ($this->state->get(self::BREAKER) !== NULL) {
      $this->state->delete(self::BREAKER);
    }
  }

  private function url(): string {
    return rtrim((string) $this->configFactory->get('background_agents.settings')->get('sidecar_url'), '/');
  }

}
