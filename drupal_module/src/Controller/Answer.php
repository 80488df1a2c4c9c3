<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Contract\Json;
use Symfony\Component\HttpFoundation\JsonResponse;

/**
 * A JSON answer to a program: never cached, slashes and text as they are.
 *
 * @internal
 */
final class Answer extends JsonResponse {

  /**
   * Numbers and texts leave as they are stored.
   */
  protected int $encodingOptions = Json::FLAGS;

  public function __construct(array|\stdClass $document, int $status = 200) {
    parent::__construct($document, $status, ['Cache-Control' => 'no-store']);
  }

}
