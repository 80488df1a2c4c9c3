<?php

declare(strict_types=1);

namespace Drupal\background_agents\AiAgents;

/**
 * The content that an AI agent's tools are limited to.
 *
 * @internal
 */
final readonly class Reach {

  /**
   * Constructs a Reach object.
   *
   * @param array<string, list<array{0: string[]|null, 1: string[]|null}>> $tools
   *   By operation, for each tool: entity types and bundles; NULL: any.
   */
  public function __construct(private array $tools = []) {}

  /**
   * With one more tool.
   *
   * @param string[] $operations
   *   What the tool does.
   * @param string[]|null $types
   *   Entity types; NULL: any.
   * @param string[]|null $bundles
   *   Bundles; NULL: any.
   */
  public function with(array $operations, ?array $types, ?array $bundles): self {
    $tools = $this->tools;
    foreach ($operations as $operation) {
      $tools[$operation][] = [$types, $bundles];
    }
    return new self($tools);
  }

  /**
   * The content, where the limits name all of it.
   *
   * @return array<string, array<string, string[]>>
   *   Operations by entity type and bundle.
   */
  public function content(): array {
    $content = [];
    foreach ($this->tools as $operation => $tools) {
      foreach ($tools as [$types, $bundles]) {
        foreach ($bundles === NULL ? [] : (array) $types as $type) {
          foreach ($bundles as $bundle) {
            $content[$type][$bundle] = array_values(array_unique(['read', ...$content[$type][$bundle] ?? [], $operation]));
          }
        }
      }
    }
    return $content;
  }

  /**
   * What of some content no tool of the AI agent reaches.
   *
   * @param array<string, array<string, string[]>> $content
   *   Operations by entity type and bundle.
   *
   * @return string[]
   *   Such as "create page (node)".
   */
  public function outside(array $content): array {
    $outside = [];
    foreach ($content as $type => $bundles) {
      foreach ($bundles as $bundle => $operations) {
        foreach ($operations as $operation) {
          if (!$this->allows($operation, (string) $type, (string) $bundle)) {
            $outside[] = "$operation $bundle ($type)";
          }
        }
      }
    }
    return $outside;
  }

  private function allows(string $operation, string $type, string $bundle): bool {
    $tools = $this->tools[$operation] ?? [[NULL, NULL]];
    foreach ($tools as [$types, $bundles]) {
      if (($types === NULL || in_array($type, $types, TRUE)) && ($bundles === NULL || in_array($bundle, $bundles, TRUE))) {
        return TRUE;
      }
    }
    return FALSE;
  }

}
