<?php

declare(strict_types=1);

namespace Drupal\background_agents\Drush\Commands;

use Consolidation\OutputFormatters\StructuredData\RowsOfFields;
use Drupal\background_agents\Agent\AgentId;
use Drupal\background_agents\AiAgents\AiAgentImport;
use Drupal\background_agents\AiAgents\AiAgents;
use Drupal\background_agents\AiAgents\MappedAgent;
use Drupal\background_agents\AiAgents\Note;
use Drupal\background_agents\AiAgents\NoteKind;
use Drupal\background_agents\Drush\PlainText;
use Drupal\background_agents\Entity\Agent;
use Drush\Attributes as CLI;
use Drush\Commands\AutowireTrait;
use Drush\Commands\DrushCommands;

/**
 * Makes background agents of AI agents.
 *
 * @internal
 */
final class AiAgentCommands extends DrushCommands {

  use AutowireTrait;

  public function __construct(
    private readonly AiAgents $aiAgents,
    private readonly AiAgentImport $import,
  ) {
    parent::__construct();
  }

  /**
   * Lists the AI agents of the site, and how much each lacks to be run here.
   */
  #[CLI\Command(name: 'background-agents:ai-agents', aliases: ['bga:ai-agents'])]
  #[CLI\FieldLabels(labels: [
    'id' => 'AI agent',
    'label' => 'Label',
    'tools' => 'Tools here',
    'missing' => 'Parts missing',
  ])]
  #[CLI\DefaultTableFields(fields: ['id', 'label', 'tools', 'missing'])]
  #[CLI\Usage(name: 'drush background-agents:ai-agents', description: 'Which AI agents can be background agents.')]
  public function aiAgents(array $options = ['format' => 'table']): RowsOfFields {
    return new RowsOfFields(array_map(static fn (MappedAgent $agent): array => [
      'id' => PlainText::of($agent->id),
      'label' => PlainText::of($agent->label),
      'tools' => implode(', ', $agent->tools),
      'missing' => count($agent->notes(NoteKind::Missing)),
    ], $this->aiAgents->all()));
  }

  /**
   * Makes a background agent of an AI agent, not active, and says what differs.
   */
  #[CLI\Command(name: 'background-agents:import-ai-agent', aliases: ['bga:import-ai-agent'])]
  #[CLI\Argument(name: 'id', description: 'Id of the AI agent.')]
  #[CLI\Option(name: 'model', description: 'Its model, as provider:model. Without it, the one that the module AI has chosen for work with tools.')]
  #[CLI\Option(name: 'as', description: 'Machine name of the background agent.')]
  #[CLI\Option(name: 'stay', description: 'It is the AI agent and changes with it; without this it is a copy.')]
  #[CLI\Option(name: 'dry-run', description: 'Only says what becomes of each part.')]
  #[CLI\FieldLabels(labels: ['part' => 'In the AI agent', 'kind' => 'Taken over', 'text' => 'In the background agent'])]
  #[CLI\DefaultTableFields(fields: ['part', 'kind', 'text'])]
  #[CLI\Usage(name: 'drush background-agents:import-ai-agent seo --dry-run', description: 'What the AI agent "seo" would be here.')]
  #[CLI\Usage(name: 'drush background-agents:import-ai-agent seo --model=anthropic:claude-sonnet-5-5', description: 'Makes the background agent.')]
  public function import(
    string $id,
    array $options = ['format' => 'table', 'model' => self::REQ, 'as' => self::REQ, 'stay' => FALSE, 'dry-run' => FALSE],
  ): RowsOfFields {
    $from = $this->aiAgents->load($id) ?? throw new \InvalidArgumentException("There is no AI agent \"$id\".");
    if (!$options['dry-run']) {
      $agent = $this->import->make($from, $this->name($from, (string) $options['as']), $this->model((string) $options['model']), (bool) $options['stay']);
      $this->logger()->success(dt('The background agent "@id" was made. It is not active yet: choose its content and its account in its form.', ['@id' => $agent->id()]));
    }
    return new RowsOfFields(array_map(static fn (Note $note): array => [
      'part' => PlainText::of($note->part),
      'kind' => $note->kind->value,
      'text' => PlainText::of($note->text),
    ], $from->notes));
  }

  private function name(MappedAgent $from, string $name): string {
    $name = $name ?: $this->import->freeId($from);
    if (!preg_match('/^[a-z0-9_]{1,64}$/', $name)) {
      throw new \InvalidArgumentException("\"$name\" is no machine name: lower-case letters, digits and \"_\", at most 64.");
    }
    if (AgentId::isReserved($name)) {
      throw new \InvalidArgumentException("The machine name \"$name\" is reserved. Give another name with --as.");
    }
    return Agent::load($name) === NULL ? $name : throw new \InvalidArgumentException("There is an agent \"$name\" already. Give another name with --as.");
  }

  private function model(string $model): string {
    $model = $model ?: $this->import->defaultModel();
    return AiAgentImport::isModel($model) ? $model : throw new \InvalidArgumentException('Name a model as provider:model with --model, such as "anthropic:claude-sonnet-5-5".');
  }

}
