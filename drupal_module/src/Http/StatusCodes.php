<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

use Symfony\Component\HttpKernel\Exception\HttpExceptionInterface;

/**
 * The codes of errors that only have an HTTP status, such as core's own.
 *
 * @internal
 */
final class StatusCodes {

  /**
   * Code and title by HTTP status.
   */
  private const array CODES = [
    400 => ['bad_request', 'The request cannot be understood'],
    401 => ['authentication_required', 'Log in'],
    403 => ['forbidden', 'Not allowed'],
    404 => ['not_found', 'Not found'],
    405 => ['method_not_allowed', 'Method not allowed'],
    406 => ['not_acceptable', 'Not acceptable'],
    415 => ['unsupported_media_type', 'Unsupported media type'],
    429 => ['too_many_requests', 'Too many requests'],
    500 => ['internal', 'The server failed'],
    503 => ['unavailable', 'Not available now'],
  ];

  /**
   * The problem that an error of core is; what a server says stays in the log.
   */
  public static function problem(HttpExceptionInterface $error): Problem {
    $status = $error->getStatusCode();
    [$code, $title] = self::CODES[$status] ?? self::CODES[$status < 500 ? 400 : 500];
    return new Problem($status, $code, $title, $status < 500 ? $error->getMessage() : '');
  }

}
