<?php

declare(strict_types=1);

namespace Drupal\background_agents;

use Drupal\views\EntityViewsData;

/**
 * Describes changes to Views.
 */
final class ChangeViewsData extends EntityViewsData {}
