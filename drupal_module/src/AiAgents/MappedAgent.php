<?php

declare(strict_types=1);

namespace Drupal\background_agents\AiAgents;

/**
 * An AI agent, as a background agent can have it.
 *
 * @internal
 */
final readonly class MappedAgent {

  /**
   * Constructs a MappedAgent object.
   *
   * @param string $id
   *   Id of the AI agent.
   * @param string $label
   *   Its label; its id when it has none.
   * @param string $description
   *   What it is good for.
   * @param string $systemPrompt
   *   Its instructions.
   * @param string[] $tools
   *   Tools of background agents.
   * @param string|null $outputSchema
   *   JSON Schema of its output, as text; NULL: its answer is text.
   * @param int|null $steps
   *   Model requests per run; NULL: it says nothing.
   * @param \Drupal\background_agents\AiAgents\Reach $reach
   *   The content that its tools are limited to.
   * @param list<\Drupal\background_agents\AiAgents\Note> $notes
   *   What becomes of each part that says anything.
   */
  public function __construct(
    public string $id,
    public string $label,
    public string $description,
    public string $systemPrompt,
    public array $tools,
    public ?string $outputSchema,
    public ?int $steps,
    public Reach $reach,
    public array $notes,
  ) {}

  /**
   * The notes of some kinds.
   *
   * @return list<\Drupal\background_agents\AiAgents\Note>
   *   In their order.
   */
  public function notes(NoteKind ...$kinds): array {
    return array_values(array_filter($this->notes, static fn (Note $note): bool => in_array($note->kind, $kinds, TRUE)));
  }

  /**
   * Whether a background agent can be this AI agent.
   */
  public function isWhole(): bool {
    return $this->notes(NoteKind::Missing) === [];
  }

}
