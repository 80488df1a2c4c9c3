<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

/**
 * What is stored of a run makes no job, however often it is tried.
 *
 * The message says what is wrong, for people.
 *
 * @internal
 */
final class JobUnusable extends \RuntimeException {}
