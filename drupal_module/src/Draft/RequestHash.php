<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Contract\CanonicalJson;

/**
 * The hash that tells whether a repeated key comes with the same request.
 *
 * Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class RequestHash {

  /**
   * The members of a draft request that are hashed; absent ones are left out.
   */
  public const DRAFT = [
    'operation',
    'entity_type',
    'bundle',
    'entity',
    'expected_revision',
    'langcode',
    'fields',
    'summary',
  ];

  /**
   * Hash of a draft request.
   *
   * @param \stdClass $request
   *   The request, decoded with objects as \stdClass.
   *
   * @return string
   *   64 hex digits.
   */
  public static function ofDraft(\stdClass $request): string {
    return self::of($request, self::DRAFT);
  }

  /**
   * Hash of some members of a document.
   *
   * @param \stdClass $document
   *   Decoded with objects as \stdClass.
   * @param string[] $members
   *   Names of the members; absent ones are left out.
   */
  public static function of(\stdClass $document, array $members): string {
    $picked = new \stdClass();
    foreach ($members as $name) {
      if (property_exists($document, $name)) {
        $picked->{$name} = $document->{$name};
      }
    }
    return hash('sha256', CanonicalJson::encode($picked));
  }

}
