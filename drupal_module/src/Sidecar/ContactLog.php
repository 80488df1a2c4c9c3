<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\State\StateInterface;

/**
 * When the sidecar's requests were taken last, and what it was answered.
 *
 * For people: nothing is decided by it.
 *
 * @internal
 */
final class ContactLog {

  /**
   * The endpoint that the sidecar uses at least once a minute.
   */
  public const string EVENTS = 'events';

  private const string STATE = 'background_agents.contacts';

  /**
   * State is written at most so often for the same answer, in seconds.
   */
  private const int SECONDS = 30;

  private const int DETAIL_LENGTH = 300;

  public function __construct(
    private readonly StateInterface $state,
    private readonly TimeInterface $time,
  ) {}

  /**
   * What the sidecar was answered at an endpoint.
   *
   * @param string $endpoint
   *   Its name: events, jobs.claim, status, runs.show.
   */
  public function of(string $endpoint): Contact {
    return $this->all()[$endpoint] ?? new Contact();
  }

  /**
   * What a sidecar was told that serves another site; NULL: none was.
   */
  public function otherSite(): ?string {
    foreach ($this->all() as $contact) {
      if ($contact->refusedSince !== NULL && $contact->code === 'wrong_site') {
        return $contact->detail;
      }
    }
    return NULL;
  }

  /**
   * A signed request was taken.
   */
  public function taken(string $endpoint): void {
    $now = $this->time->getCurrentTime();
    $contact = $this->of($endpoint);
    if ($contact->refusedSince !== NULL || ($contact->taken ?? 0) <= $now - self::SECONDS) {
      $this->store($endpoint, $contact->afterTaken($now));
    }
  }

  /**
   * A request that was truly signed by the sidecar was refused.
   */
  public function refused(string $endpoint, int $status, string $code, string $detail): void {
    $now = $this->time->getCurrentTime();
    $contact = $this->of($endpoint);
    if ([$contact->status, $contact->code] !== [$status, $code] || ($contact->refused ?? 0) <= $now - self::SECONDS) {
      $this->store($endpoint, $contact->afterRefused($now, $status, $code, mb_substr($detail, 0, self::DETAIL_LENGTH)));
    }
  }

  /**
   * Returns the contacts by the name of the endpoint.
   *
   * @return array<string, \Drupal\background_agents\Sidecar\Contact>
   *   By the name of the endpoint.
   */
  private function all(): array {
    return array_map(static fn (array $values): Contact => new Contact(...$values), $this->state->get(self::STATE, []));
  }

  private function store(string $endpoint, Contact $contact): void {
    $all = $this->state->get(self::STATE, []);
    $all[$endpoint] = get_object_vars($contact);
    $this->state->set(self::STATE, $all);
  }

}
