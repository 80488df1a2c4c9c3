<?php

declare(strict_types=1);

namespace Drupal\background_agents\Event;

/**
 * A person refused a draft. The change has the reason, if they gave one.
 *
 * @api
 */
final class DraftRefusedEvent extends DraftDecidedEvent {}
