<?php

declare(strict_types=1);

namespace Drupal\background_agents_flowdrop;

/**
 * A node could not have its agent do the work: its job fails with this text.
 *
 * @internal
 */
final class NodeFailed extends \RuntimeException {}
