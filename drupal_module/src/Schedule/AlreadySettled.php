<?php

declare(strict_types=1);

namespace Drupal\background_agents\Schedule;

/**
 * Another process has settled a due time first.
 *
 * @internal
 */
final class AlreadySettled extends \RuntimeException {}
