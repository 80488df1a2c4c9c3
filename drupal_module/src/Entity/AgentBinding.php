<?php

declare(strict_types=1);

namespace Drupal\background_agents\Entity;

/**
 * What an agent's binding says: its model, its limits, and what it may touch.
 *
 * @internal Call these methods on an agent.
 */
trait AgentBinding {

  /**
   * Returns the model, such as "anthropic:claude-sonnet-5-5".
   */
  public function getModel(): string {
    return $this->binding['model'];
  }

  /**
   * Returns the settings that are handed to the model.
   */
  public function getModelSettings(): \stdClass {
    return self::decode($this->binding['model_settings']) ?? new \stdClass();
  }

  /**
   * Returns the agent's limits without those that are 0.
   *
   * @return array<string, int>
   *   Its own, and of the AI agent that it is, how often the model is asked.
   */
  public function getLimits(): array {
    return array_filter($this->binding['limits']) + array_filter(['steps' => (int) $this->aiAgent()?->steps]);
  }

  /**
   * What the agent may touch.
   *
   * @return array<string, array<string, string[]>>
   *   Operations (read, create, revise) by entity type and bundle.
   */
  public function getContent(): array {
    return $this->binding['content'];
  }

  /**
   * Tells whether the binding allows an operation on a bundle.
   */
  public function mayTouch(string $entityType, string $bundle, string $operation): bool {
    return in_array($operation, $this->binding['content'][$entityType][$bundle] ?? [], TRUE);
  }

  /**
   * The agents that it may start.
   *
   * @return array<string, bool>
   *   By id, whether its run waits until the other one has ended.
   */
  public function getStartableAgents(): array {
    return array_map(boolval(...), array_column($this->binding['agents'] ?? [], 'wait', 'agent'));
  }

  /**
   * Returns the fields that the agent may write, where they are limited.
   *
   * @return array<string, array<string, string[]>>
   *   Names of fields by entity type and bundle. A bundle that is absent: every
   *   field that agents may write. An empty list: none.
   */
  public function getFieldLimits(): array {
    return $this->binding['fields'];
  }

  /**
   * Tells whether the binding lets the agent write a field of a bundle.
   *
   * What agents never write, such as the owner, is not asked here.
   */
  public function mayWriteField(string $entityType, string $bundle, string $field): bool {
    $fields = $this->binding['fields'][$entityType][$bundle] ?? NULL;
    return $fields === NULL || in_array($field, $fields, TRUE);
  }

  /**
   * Tells whether the agent may write in a language.
   */
  public function mayWriteLanguage(string $langcode): bool {
    return $this->binding['langcodes'] === [] || in_array($langcode, $this->binding['langcodes'], TRUE);
  }

  /**
   * Tells whether the binding lets the agent publish.
   */
  public function mayPublish(): bool {
    return (bool) $this->binding['may_publish'];
  }

  /**
   * Tells whether the agent may write content without moderation.
   */
  public function mayWriteUnmoderated(): bool {
    return (bool) $this->binding['may_write_unmoderated'];
  }

}
