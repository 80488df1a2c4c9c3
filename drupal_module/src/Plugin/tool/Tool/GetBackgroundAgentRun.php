<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\tool\Tool;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunDocument;
use Drupal\background_agents\Run\RunStore;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Plugin\Context\ContextDefinition;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\tool\Attribute\Tool;
use Drupal\tool\ExecutableResult;
use Drupal\tool\Tool\ToolBase;
use Drupal\tool\Tool\ToolOperation;
use Drupal\tool\TypedData\InputDefinition;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Tells how a run stands, for whatever uses tools of the Tool API.
 *
 * @internal
 */
#[Tool(
  id: 'background_agents_get_run',
  label: new TranslatableMarkup('Get run of background agent'),
  description: new TranslatableMarkup('Tells how a run of a background agent stands: its state, its output, and the drafts that it left.'),
  operation: ToolOperation::Read,
  input_definitions: [
    'run' => new InputDefinition(
      data_type: 'string',
      label: new TranslatableMarkup('Run'),
      description: new TranslatableMarkup('UUID of the run.'),
    ),
  ],
  output_definitions: [
    'state' => new ContextDefinition('string', new TranslatableMarkup('State'), description: new TranslatableMarkup('queued, running, waiting, paused, completed, failed, cancelled or expired.')),
    'reason' => new ContextDefinition('string', new TranslatableMarkup('Reason of the end'), FALSE),
    'message' => new ContextDefinition('string', new TranslatableMarkup('Message'), FALSE),
    'output' => new ContextDefinition('string', new TranslatableMarkup('Output'), FALSE, description: new TranslatableMarkup('What the agent answered: a text, or JSON as text.')),
    'drafts' => new ContextDefinition('string', new TranslatableMarkup('Drafts'), FALSE, description: new TranslatableMarkup('A JSON list: label, status and summary of each draft.')),
    'url' => new ContextDefinition('string', new TranslatableMarkup('Page of the run')),
  ],
)]
final class GetBackgroundAgentRun extends ToolBase {

  /**
   * Finds runs.
   */
  private RunStore $runs;

  /**
   * Reads outputs.
   */
  private RunData $data;

  /**
   * Finds the drafts of a run.
   */
  private RunDocument $document;

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    $instance = parent::create($container, $configuration, $plugin_id, $plugin_definition);
    $instance->runs = $container->get(RunStore::class);
    $instance->data = $container->get(RunData::class);
    $instance->document = $container->get(RunDocument::class);
    return $instance;
  }

  /**
   * {@inheritdoc}
   */
  protected function checkAccess(array $values, AccountInterface $account, bool $return_as_object = FALSE): bool|AccessResultInterface {
    // A run that does not exist looks as one that the account may not see.
    $access = $this->run($values)?->access('view', $account, TRUE) ?? AccessResult::forbidden()->setCacheMaxAge(0);
    return $return_as_object ? $access : $access->isAllowed();
  }

  /**
   * {@inheritdoc}
   */
  protected function doExecute(array $values): ExecutableResult {
    $run = $this->run($values);
    // execute() asks for no access.
    if ($run === NULL || !$run->access('view', $this->currentUser)) {
      return ExecutableResult::failure(new TranslatableMarkup('There is no such run, or none that you may see.'));
    }
    $output = $this->data->output((int) $run->id());
    return ExecutableResult::success(new TranslatableMarkup('The run is @state.', ['@state' => $run->getState()->value]), [
      'state' => $run->getState()->value,
      'reason' => $run->getReason(),
      'message' => $run->getMessage(),
      'output' => $output === NULL || is_string($output) ? $output : Json::encode($output),
      'drafts' => Json::encode($this->drafts($run)),
      'url' => $run->toUrl('canonical', ['absolute' => TRUE])->toString(TRUE)->getGeneratedUrl(),
    ]);
  }

  /**
   * What the run left, as far as the account may see the content.
   *
   * @return list<array<string, string|null>>
   *   Label, status and summary of each draft.
   */
  private function drafts(Run $run): array {
    $seen = array_filter($this->document->changes($run), fn (Change $change): bool => $change->access('view', $this->currentUser));
    return array_values(array_map(static fn (Change $change): array => [
      'label' => $change->getTargetLabel(),
      'status' => $change->getStatus(),
      'summary' => $change->getSummary(),
    ], $seen));
  }

  private function run(array $values): ?Run {
    return $this->runs->byUuid((string) ($values['run'] ?? ''));
  }

}
