<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent\Preflight;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * A published item of somebody else, made for a question and never saved.
 *
 * @internal
 */
final class SampleItem {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Makes one of a bundle.
   */
  public function of(string $type, string $bundle): ContentEntityInterface {
    $definition = $this->entityTypeManager->getDefinition($type);
    $values = array_filter([
      (string) $definition->getKey('bundle') => $bundle,
      (string) $definition->getKey('published') => 1,
      (string) $definition->getKey('owner') => 0,
    ], static fn (mixed $value, string $key): bool => $key !== '', ARRAY_FILTER_USE_BOTH);
    $sample = $this->entityTypeManager->getStorage($type)->create($values);
    assert($sample instanceof ContentEntityInterface);
    return $sample;
  }

}
