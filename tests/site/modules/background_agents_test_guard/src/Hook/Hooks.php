<?php

declare(strict_types=1);

namespace Drupal\background_agents_test_guard\Hook;

use Drupal\background_agents_test_guard\Deeds;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\node\NodeInterface;

/**
 * When the deeds are done.
 */
final class Hooks {

  public function __construct(
    private readonly Deeds $deeds,
  ) {}

  #[Hook('node_presave')]
  public function presave(NodeInterface $node): void {
    $this->deeds->at('presave', $node);
  }

  #[Hook('node_insert')]
  #[Hook('node_update')]
  public function saved(NodeInterface $node): void {
    $this->deeds->at('saved', $node);
  }

}
