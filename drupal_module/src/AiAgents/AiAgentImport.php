<?php

declare(strict_types=1);

namespace Drupal\background_agents\AiAgents;

use Drupal\background_agents\Agent\AgentId;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Entity\EntityTypeBundleInfoInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Makes a background agent of an AI agent.
 *
 * It is disabled: a person looks at it first, and gives it an account.
 *
 * @internal
 */
final class AiAgentImport {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityTypeBundleInfoInterface $bundles,
    private readonly ConfigFactoryInterface $configFactory,
  ) {}

  /**
   * Makes the agent, and saves it.
   *
   * @param \Drupal\background_agents\AiAgents\MappedAgent $from
   *   The AI agent.
   * @param string $id
   *   Machine name of the new agent.
   * @param string $model
   *   Its model.
   * @param bool $stays
   *   Whether it is the AI agent, and changes with it. Else it is a copy.
   */
  public function make(MappedAgent $from, string $id, string $model, bool $stays): Agent {
    $agent = Agent::create([
      'id' => $id,
      'label' => $from->label,
      'description' => $from->description,
      'status' => FALSE,
      'definition' => [
        'input_schema' => (string) json_encode([
          'type' => 'object',
          'properties' => [
            'prompt' => ['type' => 'string', 'title' => 'Task', 'description' => 'What the agent shall do in this run.'],
          ],
        ], JSON_PRETTY_PRINT),
      ] + ($stays ? ['ai_agent' => $from->id] : self::copy($from)),
      'binding' => [
        'model' => $model,
        'content' => $this->present($from->reach->content()),
      ] + ($stays || $from->steps === NULL ? [] : ['limits' => ['steps' => $from->steps]]),
      'import_notes' => array_map(static fn (Note $note): string => $note->line(), [
        ...$from->notes(NoteKind::Missing, NoteKind::Different, NoteKind::LeftOut),
        ...$this->absent($from->reach->content()),
      ]),
    ]);
    $agent->save();
    return $agent;
  }

  /**
   * Gives an agent that is an AI agent what that one is now, as its own.
   */
  public static function release(Agent $agent): void {
    $is = $agent->aiAgent();
    $own = $is === NULL ? [] : ['tools' => $agent->getTools()] + self::copy($is);
    $limits = $is === NULL ? [] : ['limits' => $agent->getBinding()['limits'] + array_filter(['steps' => (int) $is->steps])];
    $agent->set('definition', ['ai_agent' => NULL] + $own + $agent->getDefinition());
    $agent->set('binding', $limits + $agent->getBinding());
  }

  /**
   * The model that the module AI has chosen for work with tools.
   *
   * @return string
   *   As "provider:model"; '' when it has none.
   */
  public function defaultModel(): string {
    $default = Untyped::map($this->configFactory->get('ai.settings')->get('default_providers.chat_with_tools'));
    $model = Untyped::text($default['provider_id'] ?? '') . ':' . Untyped::text($default['model_id'] ?? '');
    return self::isModel($model) ? $model : '';
  }

  /**
   * Whether a text names a model as "provider:model".
   */
  public static function isModel(string $text): bool {
    return preg_match('/^[a-z][a-z0-9_-]{0,63}:.{1,200}$/D', $text) === 1;
  }

  /**
   * A machine name for the new agent that nobody has.
   */
  public function freeId(MappedAgent $from): string {
    $base = trim(substr((string) preg_replace('/[^a-z0-9_]+/', '_', strtolower($from->id)), 0, 56), '_') ?: 'ai_agent';
    $taken = $this->entityTypeManager->getStorage('background_agents_agent')->getQuery()->accessCheck(FALSE)->execute();
    for ($id = $base, $number = 2; isset($taken[$id]) || AgentId::isReserved($id); $number++) {
      $id = "{$base}_$number";
    }
    return $id;
  }

  /**
   * The ids of the agents that are an AI agent.
   *
   * @return array<string, string[]>
   *   Labels of background agents, by id of the AI agent and their own id.
   */
  public function ties(): array {
    $ties = [];
    foreach ($this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple() as $agent) {
      assert($agent instanceof Agent);
      if ($agent->isAiAgent()) {
        $ties[$agent->getAiAgentId()][(string) $agent->id()] = (string) $agent->label();
      }
    }
    return $ties;
  }

  private static function copy(MappedAgent $from): array {
    return [
      'system_prompt' => $from->systemPrompt,
      'output_schema' => $from->outputSchema,
      'tools' => $from->tools,
    ];
  }

  /**
   * The content that this site has.
   *
   * @return array<string, array<string, string[]>>
   *   Operations by entity type and bundle.
   */
  private function present(array $content): array {
    $present = [];
    foreach ($content as $type => $bundles) {
      $present[$type] = array_intersect_key($bundles, $this->bundlesOf((string) $type));
    }
    return array_filter($present);
  }

  /**
   * Notes on the content that this site has not.
   *
   * @return list<\Drupal\background_agents\AiAgents\Note>
   *   One for each bundle.
   */
  private function absent(array $content): array {
    $notes = [];
    foreach ($content as $type => $bundles) {
      foreach (array_keys(array_diff_key($bundles, $this->bundlesOf((string) $type))) as $bundle) {
        $notes[] = new Note("Content $type $bundle", 'This site has no such content.', NoteKind::LeftOut);
      }
    }
    return $notes;
  }

  private function bundlesOf(string $type): array {
    return $this->entityTypeManager->hasDefinition($type) ? $this->bundles->getBundleInfo($type) : [];
  }

}
