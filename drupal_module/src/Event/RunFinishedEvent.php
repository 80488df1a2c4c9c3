<?php

declare(strict_types=1);

namespace Drupal\background_agents\Event;

/**
 * A run was completed.
 *
 * @api
 */
final class RunFinishedEvent extends RunEndedEvent {}
