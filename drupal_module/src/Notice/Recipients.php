<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

/**
 * Who is told by mail when a run waits for a person.
 *
 * @internal
 */
final class Recipients {

  public const TO = ['nobody', 'site', 'addresses'];

  /**
   * The addresses, each once.
   *
   * @param array{to?: string, addresses?: string[]} $settings
   *   The part "notice" of the settings.
   * @param string $siteMail
   *   Address of the site; may be empty.
   *
   * @return string[]
   */
  public static function of(array $settings, string $siteMail): array {
    $found = match ($settings['to'] ?? 'nobody') {
      'site' => [$siteMail],
      'addresses' => $settings['addresses'] ?? [],
      default => [],
    };
    $once = [];
    foreach ($found as $address) {
      $address = trim($address);
      if ($address !== '') {
        $once += [mb_strtolower($address) => $address];
      }
    }
    return array_values($once);
  }

}
