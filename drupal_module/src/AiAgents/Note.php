<?php

declare(strict_types=1);

namespace Drupal\background_agents\AiAgents;

/**
 * What becomes of one part of an AI agent, in plain words.
 *
 * @internal
 */
final readonly class Note {

  /**
   * Constructs a Note object.
   *
   * @param string $part
   *   The part, such as "Tool ai_agent:vision".
   * @param string $text
   *   What becomes of it: a sentence.
   * @param \Drupal\background_agents\AiAgents\NoteKind $kind
   *   Whether it is taken over.
   */
  public function __construct(
    public string $part,
    public string $text,
    public NoteKind $kind,
  ) {}

  /**
   * Part and text in one line.
   */
  public function line(): string {
    return "$this->part: $this->text";
  }

}
