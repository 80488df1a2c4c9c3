<?php

declare(strict_types=1);

namespace Drupal\flowdrop\Plugin\FlowDropNodeProcessor;

/**
 * Stands for the mark of nodes that change something.
 */
interface HasSideEffectsInterface {}
