<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

/**
 * The tools of the sidecar that follow from what an agent does with content.
 *
 * @internal
 */
final class ToolChoice {

  /**
   * Those that nothing asks for: who wants them says so.
   */
  public const string SEARCH = 'find_items';
  public const string PROGRESS = 'report_progress';

  /**
   * The tools that an agent needs for its content.
   *
   * @param array<string, array<string, string[]>> $content
   *   Operations by entity type and bundle.
   * @param bool $search
   *   Whether it may look for content by its fields.
   * @param bool $progress
   *   Whether it tells how far it is.
   *
   * @return list<string>
   *   Names of tools; without content, of what is not for content.
   */
  public static function of(array $content, bool $search = FALSE, bool $progress = FALSE): array {
    $operations = array_merge([], ...array_map(static fn (array $bundles): array => array_merge([], ...array_values($bundles)), array_values($content)));
    $wanted = [
      'describe_content' => $operations !== [],
      'read_item' => array_intersect($operations, ['read', 'revise']) !== [],
      self::SEARCH => $search && $operations !== [],
      'create_draft' => in_array('create', $operations, TRUE),
      'revise_draft' => in_array('revise', $operations, TRUE),
      self::PROGRESS => $progress,
    ];
    return array_keys(array_filter($wanted));
  }

  /**
   * Whether an agent's tools are those that follow from its content.
   *
   * @param string[] $tools
   *   Names of all its tools.
   * @param array<string, array<string, string[]>> $content
   *   Operations by entity type and bundle.
   */
  public static function follows(array $tools, array $content): bool {
    $own = array_values(array_intersect(BuiltInTools::NAMES, $tools));
    return $own === self::of($content, in_array(self::SEARCH, $own, TRUE), in_array(self::PROGRESS, $own, TRUE));
  }

}
