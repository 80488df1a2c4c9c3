<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity;

use Drupal\background_agents\Agent\AgentExample;
use Drupal\background_agents\AiAgents\AiAgents;
use Drupal\background_agents\AiAgents\MappedAgent;
use Drupal\background_agents\AiAgents\Note;
use Drupal\background_agents\AiAgents\NoteKind;
use Drupal\background_agents\Contract\InputCheck;

/**
 * What an agent's definition says: its own, or that of the AI agent it is.
 *
 * The AI agent is read each time, so that a run is made of what it is then.
 *
 * @internal Call these methods on an agent.
 */
trait AgentDefinition {

  /**
   * The agent's own definition, whole: every key of DEFINITION is there.
   *
   * Of an agent that is an AI agent it is not what a run gets.
   */
  public function getDefinition(): array {
    return $this->definition;
  }

  /**
   * Returns what the model is told before each run.
   */
  public function getSystemPrompt(): string {
    return $this->aiAgent()?->systemPrompt ?? $this->definition['system_prompt'];
  }

  /**
   * The JSON Schema of the input; NULL when any object is taken.
   */
  public function getInputSchema(): ?\stdClass {
    return self::decode($this->definition['input_schema']);
  }

  /**
   * Inputs that show what the agent is for: its own, and of its input schema.
   *
   * @return list<\Drupal\background_agents\Agent\AgentExample>
   *   Its own ones that the input schema takes, since a program would be
   *   refused with the others; then those of the keyword `examples`, numbered,
   *   for a schema has no names for them.
   */
  public function getInputExamples(): array {
    $schema = $this->getInputSchema();
    $own = array_filter($this->getOwnExamples(), static fn (AgentExample $example): bool => InputCheck::problem($example->input, $schema) === NULL);
    $others = array_values(array_filter((array) ($schema->examples ?? NULL), static fn (mixed $example): bool => $example instanceof \stdClass));
    return [
      ...array_values($own),
      ...array_map(static fn (\stdClass $input, int $at): AgentExample => new AgentExample(sprintf('Example %d', $at + 1), $input), $others, array_keys($others)),
    ];
  }

  /**
   * The examples that people gave it, also such that do not fit any more.
   *
   * @return list<\Drupal\background_agents\Agent\AgentExample>
   *   In their order.
   */
  public function getOwnExamples(): array {
    return array_values(array_map(static fn (array $example): AgentExample => new AgentExample($example['label'], self::decode($example['input']) ?? new \stdClass()), $this->examples));
  }

  /**
   * The JSON Schema of the output; NULL when the answer is text.
   */
  public function getOutputSchema(): ?\stdClass {
    $is = $this->aiAgent();
    return self::decode($is === NULL ? $this->definition['output_schema'] : $is->outputSchema);
  }

  /**
   * Returns the names of the agent's tools.
   *
   * @return string[]
   *   Tools of MCP servers are its own, whatever AI agent it is.
   */
  public function getTools(): array {
    $own = array_values($this->definition['tools']);
    $is = $this->aiAgent();
    return $is === NULL ? $own : [
      ...$is->tools,
      ...array_filter($own, static fn (string $tool): bool => str_starts_with($tool, 'mcp:')),
    ];
  }

  /**
   * Whether it is an AI agent, also one that is gone.
   */
  public function isAiAgent(): bool {
    return $this->getAiAgentId() !== '';
  }

  /**
   * Id of the AI agent that it is; '' when it has a definition of its own.
   */
  public function getAiAgentId(): string {
    return (string) $this->definition['ai_agent'];
  }

  /**
   * The AI agent that it is; NULL: none, or one that is gone.
   */
  public function aiAgent(): ?MappedAgent {
    return $this->isAiAgent() ? \Drupal::service(AiAgents::class)->load($this->getAiAgentId()) : NULL;
  }

  /**
   * Why it cannot be the AI agent that it is said to be.
   *
   * @return string[]
   *   Sentences that say what to do; none: it can.
   */
  public function aiAgentProblems(): array {
    $is = $this->aiAgent();
    if (!$this->isAiAgent() || $is === NULL) {
      return $this->isAiAgent() ? [sprintf('The AI agent "%s" does not exist any more. Give this agent a definition of its own, or delete it.', $this->getAiAgentId())] : [];
    }
    $problems = array_map(static fn (Note $note): string => sprintf('The AI agent "%s" cannot be run here as it is. %s', $is->label, $note->line()), $is->notes(NoteKind::Missing));
    $outside = $is->reach->outside($this->getContent());
    if ($outside !== []) {
      $problems[] = sprintf('The tools of the AI agent "%s" are limited to other content than this agent. Take away at "Content": %s.', $is->label, implode(', ', $outside));
    }
    return $problems;
  }

  /**
   * Returns what an import of an AI agent left out or changed.
   *
   * @return string[]
   *   Until somebody has seen to it.
   */
  public function getImportNotes(): array {
    return array_values($this->import_notes);
  }

  private static function decode(?string $json): ?\stdClass {
    $value = trim((string) $json) === '' ? NULL : json_decode($json, FALSE, 512, JSON_THROW_ON_ERROR);
    return $value === NULL || $value instanceof \stdClass ? $value : throw new \UnexpectedValueException('A JSON object was expected.');
  }

}
