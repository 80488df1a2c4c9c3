<?php

declare(strict_types=1);

namespace Drupal\background_agents\AiAgents;

use Drupal\Core\Config\ConfigFactoryInterface;

/**
 * The AI agents of this site, as the module AI Agents keeps them.
 *
 * Only their configuration is read, so nothing here needs that module.
 *
 * @internal
 */
final class AiAgents {

  /**
   * What the names of their configuration begin with.
   */
  public const string PREFIX = 'ai_agents.ai_agent.';

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * All of them, by id.
   *
   * @return array<string, \Drupal\background_agents\AiAgents\MappedAgent>
   *   Sorted by label.
   */
  public function all(): array {
    $agents = [];
    foreach ($this->configFactory->loadMultiple($this->configFactory->listAll(self::PREFIX)) as $name => $config) {
      $id = substr((string) $name, strlen(self::PREFIX));
      $agents[$id] = AiAgentReader::read($id, $config->get());
    }
    uasort($agents, static fn (MappedAgent $a, MappedAgent $b): int => strnatcasecmp($a->label, $b->label));
    return $agents;
  }

  /**
   * One of them; NULL: there is none with this id.
   */
  public function load(string $id): ?MappedAgent {
    $config = $this->configFactory->get(self::PREFIX . $id);
    return $id === '' || $config->isNew() ? NULL : AiAgentReader::read($id, $config->get());
  }

}
