<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\Core\Extension\Requirement\RequirementSeverity;

/**
 * Entries of the status report.
 *
 * @internal
 */
final class Requirement {

  /**
   * One entry, as hook_runtime_requirements() has it.
   */
  public static function entry(mixed $title, mixed $value, RequirementSeverity $severity, mixed $description = NULL): array {
    return array_filter([
      'title' => $title,
      'value' => $value,
      'severity' => $severity,
      'description' => $description,
    ], static fn (mixed $part): bool => $part !== NULL);
  }

  /**
   * Entries under keys of this module; those that are NULL are left out.
   */
  public static function prefixed(array $entries): array {
    $prefixed = [];
    foreach (array_filter($entries) as $key => $entry) {
      $prefixed['background_agents_' . $key] = $entry;
    }
    return $prefixed;
  }

}
