<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\tool\Tool;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Dispatch\InputText;
use Drupal\background_agents\Entity\Agent;
use Drupal\Component\Render\MarkupInterface;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Plugin\Context\ContextDefinition;
use Drupal\Core\Render\Markup;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\tool\Attribute\Tool;
use Drupal\tool\ExecutableResult;
use Drupal\tool\Tool\ToolBase;
use Drupal\tool\Tool\ToolOperation;
use Drupal\tool\TypedData\InputDefinition;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Starts a background agent, for whatever uses tools of the Tool API.
 *
 * The account that calls the tool is who asks. execute() asks for no access:
 * the Dispatcher does.
 *
 * @internal
 */
#[Tool(
  id: 'background_agents_dispatch',
  label: new TranslatableMarkup('Dispatch background agent'),
  description: new TranslatableMarkup('Starts a background agent of this site. It works after this call has ended and leaves drafts that editors review. Answers at once with the id of the run; use "Get run of background agent" to see what came of it.'),
  operation: ToolOperation::Trigger,
  input_definitions: [
    'agent' => new InputDefinition(
      data_type: 'string',
      label: new TranslatableMarkup('Agent'),
      description: new TranslatableMarkup('Machine name of the agent.'),
    ),
    // A map reaches models as a text; a text of JSON arrives whole.
    'input' => new InputDefinition(
      data_type: 'string',
      label: new TranslatableMarkup('Input'),
      description: new TranslatableMarkup('A JSON object as text, as the input schema of the agent asks for it, such as {"topic": "Bread"}. Leave it out when the agent needs none.'),
      required: FALSE,
    ),
    'key' => new InputDefinition(
      data_type: 'string',
      label: new TranslatableMarkup('De-duplication key'),
      description: new TranslatableMarkup('The same key gives the same run, however often it is asked for. Without one each call starts a new run.'),
      required: FALSE,
    ),
    'dry_run' => new InputDefinition(
      data_type: 'boolean',
      label: new TranslatableMarkup('Test run'),
      description: new TranslatableMarkup('Whether nothing that the agent drafts is saved.'),
      required: FALSE,
      default_value: FALSE,
    ),
  ],
  output_definitions: [
    'run' => new ContextDefinition('string', new TranslatableMarkup('Run'), description: new TranslatableMarkup('UUID of the run.')),
    'url' => new ContextDefinition('string', new TranslatableMarkup('Page of the run'), FALSE),
  ],
)]
final class DispatchBackgroundAgent extends ToolBase {

  /**
   * The one service that makes runs.
   */
  private Dispatcher $dispatcher;

  /**
   * The run in which the tool is called, if any.
   */
  private RunContext $runContext;

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    $instance = parent::create($container, $configuration, $plugin_id, $plugin_definition);
    $instance->dispatcher = $container->get(Dispatcher::class);
    $instance->runContext = $container->get(RunContext::class);
    return $instance;
  }

  /**
   * {@inheritdoc}
   */
  protected function checkAccess(array $values, AccountInterface $account, bool $return_as_object = FALSE): bool|AccessResultInterface {
    $agent = Agent::load((string) ($values['agent'] ?? ''));
    $operation = empty($values['dry_run']) ? 'run' : 'test';
    // An agent that does not exist looks as one that the account may not run.
    $access = $agent?->access($operation, $account, TRUE) ?? AccessResult::forbidden()->setCacheMaxAge(0);
    return $return_as_object ? $access : $access->isAllowed();
  }

  /**
   * {@inheritdoc}
   */
  protected function doExecute(array $values): ExecutableResult {
    $parent = $this->runContext->current();
    try {
      $dispatched = $this->dispatcher->dispatch(new DispatchRequest(
        agent: (string) $values['agent'],
        triggerType: $parent === NULL ? 'tool' : 'agent',
        input: InputText::read((string) ($values['input'] ?? '')),
        triggerId: $parent?->getAgentId(),
        requester: (int) $this->currentUser->id(),
        key: (string) ($values['key'] ?? '') ?: NULL,
        dryRun: (bool) ($values['dry_run'] ?? FALSE),
      ));
    }
    catch (DispatchRefused $refused) {
      return ExecutableResult::failure(new TranslatableMarkup('The agent was not started: @detail', ['@detail' => self::said($refused->problem->detail)]));
    }
    $named = ['@run' => $dispatched->uuid, '@agent' => $values['agent']];
    $message = $dispatched->created
      ? new TranslatableMarkup('Run @run of the agent @agent was started.', $named)
      : new TranslatableMarkup('The key was used before: run @run of the agent @agent.', $named);
    return ExecutableResult::success($message, [
      'run' => $dispatched->uuid,
      'url' => $dispatched->run?->toUrl('canonical', ['absolute' => TRUE])->toString(TRUE)->getGeneratedUrl(),
    ]);
  }

  /**
   * A plain text in a message: safe as markup, and with its quotes as they are.
   *
   * Models and programs read the message as it stands.
   */
  private static function said(string $text): MarkupInterface {
    return Markup::create(htmlspecialchars($text, ENT_NOQUOTES | ENT_SUBSTITUTE, 'UTF-8'));
  }

}
