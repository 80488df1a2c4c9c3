<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Symfony\Component\HttpFoundation\JsonResponse;

/**
 * A JSON answer to a program: never cached, slashes and text as they are.
 */
final class Answer extends JsonResponse {

  protected int $encodingOptions = JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION;

  public function __construct(array|\stdClass $document, int $status = 200) {
    parent::__construct($document, $status, ['Cache-Control' => 'no-store']);
  }

}
