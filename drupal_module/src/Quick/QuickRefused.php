<?php

declare(strict_types=1);

namespace Drupal\background_agents\Quick;

/**
 * Nothing was made, for a reason that a person can do something about.
 *
 * @internal
 */
final class QuickRefused extends \RuntimeException {

  public function __construct(
    public readonly \Stringable $sentence,
  ) {
    parent::__construct((string) $sentence);
  }

}
