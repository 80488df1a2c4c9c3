<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

use Symfony\Component\HttpFoundation\JsonResponse;

/**
 * A problem document (RFC 9457): what is wrong and what to do.
 *
 * @api
 */
final class Problem {

  /**
   * Constructs a Problem object.
   *
   * @param int $status
   *   HTTP status.
   * @param string $code
   *   What programs decide by, as in docs/reference/protocol.md.
   * @param string $title
   *   A few words.
   * @param string $detail
   *   What to do. No secrets, no exception texts of unknown origin.
   * @param array<array{detail: string, pointer?: string}> $errors
   *   Single errors, with JSON pointers into the request.
   * @param array<string, mixed> $extra
   *   More members, such as retry_after, current_revision, last_seq.
   */
  public function __construct(
    public readonly int $status,
    public readonly string $code,
    public readonly string $title,
    public readonly string $detail = '',
    public readonly array $errors = [],
    public readonly array $extra = [],
  ) {}

  /**
   * The document of the contracts.
   */
  public function toArray(): array {
    return ['type' => 'about:blank', 'title' => $this->title, 'status' => $this->status, 'code' => $this->code]
      + array_filter(['detail' => $this->detail, 'errors' => $this->errors], static fn (mixed $value): bool => $value !== '' && $value !== [])
      + $this->extra;
  }

  /**
   * The response with the document, and the headers that belong to it.
   */
  public function toResponse(): JsonResponse {
    $headers = ['Content-Type' => 'application/problem+json', 'Cache-Control' => 'no-store'];
    if (isset($this->extra['retry_after'])) {
      $headers['Retry-After'] = (string) $this->extra['retry_after'];
    }
    if ($this->status === 401) {
      $headers['WWW-Authenticate'] = 'Bearer realm="background-agents"';
    }
    return new JsonResponse($this->toArray(), $this->status, $headers);
  }

}
