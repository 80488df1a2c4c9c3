<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\IntegrityConstraintViolationException;
use Drupal\Core\State\StateInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * Receives requests that the sidecar signed.
 *
 * @internal
 */
final class SignedRequests {

  private const TABLE = 'background_agents_signature';
  private const CONTACT = 'background_agents.last_contact';
  private const REFUSED = 'background_agents.last_refusal';

  /**
   * The largest body, in bytes.
   */
  public const MAX_BYTES = 1048576;

  /**
   * State is written at most so often, in seconds.
   */
  private const CONTACT_SECONDS = 30;

  public function __construct(
    private readonly Connection $database,
    private readonly SiteSecrets $secrets,
    private readonly SiteIdentity $identity,
    private readonly StateInterface $state,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Whether a request claims to be signed.
   */
  public function isSigned(Request $request): bool {
    return MachineRequest::isSigned($request);
  }

  /**
   * Whether the sidecar signed a request, whether or not it was sent before.
   */
  public function isAuthentic(Request $request): bool {
    try {
      $this->check($request, static fn (): bool => TRUE);
      return TRUE;
    }
    catch (SignatureRefused | \InvalidArgumentException) {
      return FALSE;
    }
  }

  /**
   * Verifies a request, and remembers its id.
   *
   * @return string
   *   The raw body.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   413 too_large; 503 secret_missing; 401 with the code of the refusal; 409
   *   wrong_site when its document is meant for another site.
   */
  public function verify(Request $request): string {
    $body = $request->getContent();
    if (strlen($body) > self::MAX_BYTES) {
      throw ProblemException::of(413, 'too_large', 'The request is too large', 'Send at most 1 MB. Divide the batch.');
    }
    $wrong = $this->secrets->whatIsWrong();
    if ($wrong !== NULL) {
      throw ProblemException::of(503, 'secret_missing', 'The site has no secret', $wrong, [], ['retry_after' => 60]);
    }
    try {
      $this->check($request, $this->remember(...));
    }
    catch (SignatureRefused $refused) {
      $this->noteRefusal($refused->reason);
      throw ProblemException::of(401, $refused->reason, 'The signature is not accepted', $refused->getMessage());
    }
    $this->identity->refuseOthers(json_decode($body));
    $this->noteContact();
    return $body;
  }

  /**
   * Verifies a request and decodes its body.
   *
   * @return \stdClass
   *   Objects are \stdClass.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   */
  public function document(Request $request): \stdClass {
    return JsonBody::decode($this->verify($request));
  }

  /**
   * Unix time at which the sidecar was heard of last; NULL: never.
   */
  public function lastContact(): ?int {
    return $this->state->get(self::CONTACT);
  }

  /**
   * Why the last signed request was refused; NULL when it was accepted.
   *
   * Only reasons that a person has to mend.
   */
  public function lastRefusal(): ?string {
    return $this->state->get(self::REFUSED)['reason'] ?? NULL;
  }

  /**
   * Forgets ids that are too old to be accepted anyway.
   */
  public function forgetOld(): void {
    $this->database->delete(self::TABLE)->condition('expires', $this->time->getCurrentTime(), '<')->execute();
  }

  /**
   * Checks a signature as the protocol orders it.
   *
   * @param \Symfony\Component\HttpFoundation\Request $request
   *   The request.
   * @param callable(string): bool $remember
   *   Remembers an id; FALSE when it was there.
   *
   * @throws \Drupal\background_agents\Http\SignatureRefused
   * @throws \InvalidArgumentException
   *   When a secret of the site is none.
   */
  private function check(Request $request, callable $remember): void {
    $headers = [];
    foreach (['id', 'timestamp', 'signature'] as $name) {
      $headers[$name] = $request->headers->get("webhook-$name");
    }
    (new Signature($this->secrets->all()))->verify($headers, $request->getContent(), Signature::FROM_SIDECAR, $this->time->getCurrentTime(), $remember);
  }

  private function remember(string $id): bool {
    try {
      $this->database->insert(self::TABLE)->fields([
        'id' => $id,
        'expires' => $this->time->getCurrentTime() + Signature::REMEMBERED,
      ])->execute();
      return TRUE;
    }
    catch (IntegrityConstraintViolationException) {
      return FALSE;
    }
  }

  private function noteRefusal(string $reason): void {
    $now = $this->time->getCurrentTime();
    // Anybody can send a wrong signature: no write for each of them.
    if (in_array($reason, ['signature_invalid', 'timestamp_out_of_range'], TRUE) && ($this->state->get(self::REFUSED)['time'] ?? 0) <= $now - self::CONTACT_SECONDS) {
      $this->state->set(self::REFUSED, ['reason' => $reason, 'time' => $now]);
    }
  }

  private function noteContact(): void {
    $now = $this->time->getCurrentTime();
    if ($this->state->get(self::REFUSED) !== NULL) {
      $this->state->delete(self::REFUSED);
    }
    if (($this->lastContact() ?? 0) <= $now - self::CONTACT_SECONDS) {
      $this->state->set(self::CONTACT, $now);
    }
  }

}
