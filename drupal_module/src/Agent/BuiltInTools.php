<?php

declare(strict_types=1);

namespace Drupal\background_agents\Agent;

/**
 * The tools that the sidecar has by itself.
 *
 * @internal
 */
final class BuiltInTools {

  public const array NAMES = [
    'describe_content',
    'read_item',
    'find_items',
    'create_draft',
    'revise_draft',
    'report_progress',
  ];

}
