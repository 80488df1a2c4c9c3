<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity;

use Drupal\background_agents\Contract\CanonicalJson;

/**
 * An agent as other programs are told of it.
 *
 * @internal Call these methods on an agent.
 */
trait AgentDocument {

  /**
   * The `agent` document of the contracts, as it travels in a job.
   *
   * @param array<string, int|string>|null $limits
   *   The limits that hold, see RunLimits; NULL: the agent's own.
   *
   * @return array<string, mixed>
   *   Objects that may be empty are \stdClass, so that they encode as `{}`.
   */
  public function toSnapshot(?array $limits = NULL): array {
    $snapshot = [
      'id' => $this->id(),
      'label' => (string) $this->label(),
      'description' => $this->description,
      'status' => $this->status(),
      'definition' => [
        'system_prompt' => $this->getSystemPrompt(),
        'input_schema' => $this->getInputSchema(),
        'output_schema' => $this->getOutputSchema(),
        'tools' => $this->getTools(),
      ],
      'binding' => [
        'model' => $this->getModel(),
        'fallback_model' => $this->binding['fallback_model'] ?: NULL,
        'model_settings' => $this->getModelSettings(),
        'limits' => (object) ($limits ?? $this->getLimits()),
        'content' => (object) array_map(static fn (array $bundles): object => (object) array_map('array_values', $bundles), $this->getContent()),
        'mcp_servers' => array_map(self::mcpServer(...), array_values($this->binding['mcp_servers'])),
        'langcodes' => array_values($this->binding['langcodes']),
        'may_publish' => $this->mayPublish(),
        'may_write_unmoderated' => $this->mayWriteUnmoderated(),
        'priority' => (int) $this->binding['priority'],
      ] + $this->fieldsDocument() + $this->agentsDocument(),
      'rules' => $this->getRules(),
    ];
    return $snapshot + ['hash' => hash('sha256', CanonicalJson::encode($snapshot))];
  }

  /**
   * The agents that it may start; nothing for one that starts none.
   *
   * @return array<string, list<array{id: string, wait: bool}>>
   *   The key agents, or nothing.
   */
  private function agentsDocument(): array {
    $agents = [];
    foreach ($this->getStartableAgents() as $id => $wait) {
      $agents[] = ['id' => (string) $id, 'wait' => $wait];
    }
    return $agents === [] ? [] : ['agents' => $agents];
  }

  /**
   * Leaves out the keys that are empty: the contract has no empty names.
   */
  private static function mcpServer(array $server): array {
    return array_filter($server, static fn (mixed $value): bool => $value !== '' && $value !== NULL && $value !== []);
  }

  /**
   * The fields that the agent may write, where they are limited.
   *
   * Left out otherwise: the document of an agent without such a limit stays
   * the same, and so does its hash.
   *
   * @return array<string, object>
   *   The key fields, or nothing.
   */
  private function fieldsDocument(): array {
    $limits = array_filter($this->getFieldLimits());
    return $limits === [] ? [] : ['fields' => (object) array_map(static fn (array $bundles): object => (object) array_map('array_values', $bundles), $limits)];
  }

}
