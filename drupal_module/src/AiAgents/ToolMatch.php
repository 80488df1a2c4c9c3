<?php

declare(strict_types=1);

namespace Drupal\background_agents\AiAgents;

/**
 * What a tool of an AI agent is here.
 *
 * @internal
 */
final readonly class ToolMatch {

  /**
   * Constructs a ToolMatch object.
   *
   * @param string[] $tools
   *   Tools of background agents that have the same effect; none: it has none,
   *   or needs none.
   * @param \Drupal\background_agents\AiAgents\NoteKind $kind
   *   Whether the effect is there.
   * @param string $text
   *   What is the same, and what is not: a sentence.
   */
  public function __construct(
    public array $tools,
    public NoteKind $kind,
    public string $text,
  ) {}

  /**
   * The operations on content that the tools are for.
   *
   * @return string[]
   *   Out of read, create and revise.
   */
  public function operations(): array {
    $operations = [
      'read_item' => 'read',
      'find_items' => 'read',
      'create_draft' => 'create',
      'revise_draft' => 'revise',
    ];
    return array_values(array_unique(array_intersect_key($operations, array_flip($this->tools))));
  }

}
