<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Entity\Run;

/**
 * By which means somebody asked for a run.
 *
 * @api
 */
final class Via {

  /**
   * Constructs a Via object.
   *
   * @param string $means
   *   One of key, oauth, session, basic, run, anonymous.
   * @param string|null $key
   *   Id of the dispatch key.
   * @param string|null $name
   *   Name of the dispatch key, or of the OAuth client.
   */
  public function __construct(
    public readonly string $means,
    public readonly ?string $key = NULL,
    public readonly ?string $name = NULL,
  ) {}

  /**
   * That of a run; NULL: nobody asked, or it is not known.
   */
  public static function of(Run $run): ?self {
    $means = $run->get('via_means')->value;
    return $means === NULL ? NULL : new self($means, $run->get('via_key')->value, $run->get('via_name')->value);
  }

}
