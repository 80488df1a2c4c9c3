<?php

declare(strict_types=1);

namespace Drupal\background_agents\Report;

use Drupal\background_agents\Contract\Json;

/**
 * What the timeline shows of large data when the whole is gone.
 *
 * @internal
 */
final class ShortForm {

  /**
   * Characters of a long text that are kept.
   */
  private const PREVIEW = 200;

  /**
   * The short form of data: what the timeline still shows without payload.
   */
  public static function of(\stdClass $data): \stdClass {
    $short = new \stdClass();
    foreach (get_object_vars($data) as $name => $value) {
      $json = is_string($value) ? $value : Json::encode($value);
      $isShort = strlen($json) <= self::PREVIEW && strlen((string) $name) <= self::PREVIEW;
      if ($isShort) {
        $short->{$name} = $value;
      }
      elseif (count((array) $short) < 20) {
        $short->{mb_substr((string) $name, 0, self::PREVIEW)} = is_string($value)
          ? mb_substr($value, 0, self::PREVIEW) . '…'
          : ['bytes' => strlen($json), 'preview' => mb_substr($json, 0, self::PREVIEW)];
      }
    }
    return $short;
  }

}
