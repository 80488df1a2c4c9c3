<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * A value needs more work than one document may cost.
 *
 * @internal
 */
final class TooMuchWork extends \RuntimeException {

  public function __construct() {
    parent::__construct('The value is too large for what its schema wants to look at. Send less, or make the schema simpler.');
  }

}
