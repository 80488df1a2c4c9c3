<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity\Handler;

use Drupal\views\EntityViewsData;

/**
 * Describes changes to Views.
 *
 * @internal
 */
final class ChangeViewsData extends EntityViewsData {}
