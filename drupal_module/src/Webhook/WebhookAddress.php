<?php

declare(strict_types=1);

namespace Drupal\background_agents\Webhook;

/**
 * Which addresses can be a webhook's.
 *
 * Where the address leads is the sidecar's to check, when it sends: a name
 * may lead elsewhere then.
 *
 * Pure: no Drupal, PHP 8.2.
 *
 * @internal
 */
final class WebhookAddress {

  public const MOST = 1024;

  /**
   * Whether an address is absolute, without credentials and fragment.
   */
  public static function isUsable(string $url): bool {
    $url = trim($url);
    $parts = strlen($url) <= self::MOST && preg_match('/^[\x21-\x7e]+$/D', $url) ? parse_url($url) : FALSE;
    return is_array($parts)
      && in_array(strtolower($parts['scheme'] ?? ''), ['http', 'https'], TRUE)
      && ($parts['host'] ?? '') !== ''
      && array_intersect_key($parts, ['user' => 1, 'pass' => 1, 'fragment' => 1]) === [];
  }

}
