<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

/**
 * The tabs of the form of an agent.
 *
 * @internal
 */
final readonly class AgentFormParts {

  public function __construct(
    public DefinitionPart $definition,
    public ModelPart $model,
    public ContentPart $content,
    public AccountPart $account,
    public McpPart $mcp,
    public AgentsPart $agents,
    public ExamplesPart $examples,
    public ReviewPart $review,
  ) {}

  /**
   * All of them, in their order.
   *
   * @return array<string, \Drupal\background_agents\Form\Agent\AgentFormPartInterface>
   *   Keyed by the name of their part of the form.
   */
  public function all(): array {
    return [
      'definition' => $this->definition,
      'model' => $this->model,
      'content' => $this->content,
      'account' => $this->account,
      'mcp' => $this->mcp,
      'agents' => $this->agents,
      'examples' => $this->examples,
      'review' => $this->review,
    ];
  }

}
