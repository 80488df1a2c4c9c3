<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preview;

use Drupal\Core\Render\RenderCacheInterface;

/**
 * Keeps previews out of the render cache.
 *
 * Core does so for the node that is previewed. What is inside it, and what
 * another module puts around it, may have cache keys that do not tell one
 * revision from another: visitors would be shown the draft.
 *
 * @internal
 */
final class PreviewRenderCache implements RenderCacheInterface {

  public function __construct(
    private readonly RenderCacheInterface $inner,
    private readonly PreviewMode $mode,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getCacheableRenderArray(array $elements) {
    return $this->inner->getCacheableRenderArray($elements);
  }

  /**
   * {@inheritdoc}
   */
  public function get(array $elements) {
    return $this->mode->isOn() ? FALSE : $this->inner->get($elements);
  }

  /**
   * {@inheritdoc}
   */
  public function getMultiple(array $multiple_elements): array {
    return $this->mode->isOn() ? [] : $this->inner->getMultiple($multiple_elements);
  }

  /**
   * {@inheritdoc}
   */
  public function set(array &$elements, array $pre_bubbling_elements) {
    return $this->mode->isOn() ? FALSE : $this->inner->set($elements, $pre_bubbling_elements);
  }

}
