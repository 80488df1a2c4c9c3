<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Entity\Run;

/**
 * What a dispatch came to.
 *
 * @api
 */
final class Dispatched {

  /**
   * Constructs a Dispatched object.
   *
   * @param string $uuid
   *   UUID of the run, or of the alias that will resolve to it.
   * @param \Drupal\background_agents\Entity\Run|null $run
   *   The run; NULL when it is made after the response, because an entity save
   *   is going on.
   * @param bool $created
   *   FALSE when the key was seen and the run is the earlier one.
   */
  public function __construct(
    public readonly string $uuid,
    public readonly ?Run $run,
    public readonly bool $created,
  ) {}

}
