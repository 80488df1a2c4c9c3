<?php

declare(strict_types=1);

namespace Drupal\background_agents\Event;

/**
 * A run failed, was cancelled, or expired: its state and reason tell which.
 *
 * @api
 */
final class RunFailedEvent extends RunEndedEvent {}
