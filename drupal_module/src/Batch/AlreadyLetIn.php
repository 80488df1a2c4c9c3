<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

/**
 * Another process made the run of an item first, or a person took the item out.
 *
 * @internal
 */
final class AlreadyLetIn extends \RuntimeException {}
