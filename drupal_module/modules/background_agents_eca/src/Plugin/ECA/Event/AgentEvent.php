<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca\Plugin\ECA\Event;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\ChangeSavedEvent;
use Drupal\background_agents\Event\DraftAcceptedEvent;
use Drupal\background_agents\Event\DraftDecidedEvent;
use Drupal\background_agents\Event\DraftRefusedEvent;
use Drupal\background_agents\Event\DraftSentBackEvent;
use Drupal\background_agents\Event\RunFailedEvent;
use Drupal\background_agents\Event\RunFinishedEvent;
use Drupal\background_agents\Event\RunStartedEvent;
use Drupal\background_agents\Event\RunUndoneEvent;
use Drupal\background_agents\Event\RunWaitsForPersonEvent;
use Drupal\background_agents_eca\RunTokens;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityRepositoryInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\eca\Attribute\EcaEvent;
use Drupal\eca\Attribute\Token;
use Drupal\eca\Entity\Objects\EcaEvent as EcaEventObject;
use Drupal\eca\Event\Tag;
use Drupal\eca\Plugin\ECA\Event\EventBase;
use Symfony\Component\DependencyInjection\ContainerInterface;
use Symfony\Contracts\EventDispatcher\Event;

/**
 * What happens with runs of background agents.
 *
 * @internal
 */
#[EcaEvent(
  id: 'background_agents',
  deriver: 'Drupal\background_agents_eca\Plugin\ECA\Event\AgentEventDeriver',
  version_introduced: '1.0.0',
)]
class AgentEvent extends EventBase {

  /**
   * Label, description, class and tag of each event.
   */
  private const array EVENTS = [
    'run_started' => [
      'Background agent: run started',
      'A worker has begun with a run: with a new one, after a retry, and after a draft was sent back.',
      RunStartedEvent::class,
      Tag::RUNTIME,
    ],
    'run_finished' => [
      'Background agent: run finished',
      'An agent has completed its run. A run that failed, was cancelled or expired is the event "run failed".',
      RunFinishedEvent::class,
      Tag::RUNTIME,
    ],
    'run_failed' => [
      'Background agent: run failed',
      'A run ended without being completed: failed, cancelled or expired. Its reason says why.',
      RunFailedEvent::class,
      Tag::RUNTIME,
    ],
    'run_waits' => [
      'Background agent: run waits for a person',
      'A run asks something and waits for the answer of a person. Once for each question.',
      RunWaitsForPersonEvent::class,
      Tag::RUNTIME,
    ],
    'run_undone' => [
      'Background agent: run undone',
      'A person undid what a run had done.',
      RunUndoneEvent::class,
      Tag::RUNTIME,
    ],
    'draft_saved' => [
      'Background agent: draft saved',
      'An agent has saved a draft.',
      ChangeSavedEvent::class,
      Tag::CONTENT,
    ],
    'draft_accepted' => [
      'Background agent: draft accepted',
      'A draft was published, whole or in part, wherever a person decided it. What this model starts for it is no agent whose work it is.',
      DraftAcceptedEvent::class,
      Tag::CONTENT,
    ],
    'draft_refused' => [
      'Background agent: draft refused',
      'A person refused a draft, or deleted it.',
      DraftRefusedEvent::class,
      Tag::CONTENT,
    ],
    'draft_sent_back' => [
      'Background agent: draft sent back',
      'A person sent a draft back to its agent, with remarks.',
      DraftSentBackEvent::class,
      Tag::CONTENT,
    ],
  ];

  /**
   * Makes tokens of runs.
   */
  protected RunTokens $runTokens;

  /**
   * Loads content by UUID.
   */
  protected EntityRepositoryInterface $entityRepository;

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    $instance = parent::create($container, $configuration, $plugin_id, $plugin_definition);
    $instance->runTokens = $container->get(RunTokens::class);
    $instance->entityRepository = $container->get('entity.repository');
    return $instance;
  }

  /**
   * Definitions of the derived plugins.
   */
  public static function definitions(): array {
    return array_map(static fn (array $event): array => [
      'label' => $event[0],
      'description' => $event[1],
      'event_name' => $event[2],
      'event_class' => $event[2],
      'tags' => $event[3] | Tag::PERSISTENT | Tag::AFTER,
    ], self::EVENTS);
  }

  /**
   * {@inheritdoc}
   */
  public function defaultConfiguration(): array {
    return ['agent' => ''] + parent::defaultConfiguration();
  }

  /**
   * {@inheritdoc}
   */
  public function buildConfigurationForm(array $form, FormStateInterface $form_state): array {
    $form['agent'] = [
      '#type' => 'select',
      '#title' => $this->t('Agent'),
      '#options' => $this->runTokens->agents(),
      '#empty_option' => $this->t('- Any -'),
      '#empty_value' => '',
      '#default_value' => $this->configuration['agent'],
    ];
    return parent::buildConfigurationForm($form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function submitConfigurationForm(array &$form, FormStateInterface $form_state): void {
    parent::submitConfigurationForm($form, $form_state);
    $this->configuration['agent'] = (string) $form_state->getValue('agent');
  }

  /**
   * {@inheritdoc}
   */
  public function generateWildcard(string $eca_config_id, EcaEventObject $ecaEvent): string {
    return (string) (($ecaEvent->getConfiguration()['agent'] ?? '') ?: '*');
  }

  /**
   * {@inheritdoc}
   */
  public static function appliesForWildcard(Event $event, string $event_name, string $wildcard): bool {
    $run = self::runOf($event);
    // A model would act on what a test run has not done.
    return $run !== NULL && !$run->isDryRun() && ($wildcard === '*' || $wildcard === $run->getAgentId());
  }

  /**
   * The run that an event is about.
   */
  protected static function runOf(?Event $event): ?Run {
    return in_array($event === NULL ? '' : $event::class, array_column(self::EVENTS, 2), TRUE) ? $event->run : NULL;
  }

  /**
   * {@inheritdoc}
   */
  #[Token(
    name: 'run',
    description: 'The run; by itself its UUID. Also [run:agent], [run:agent_label], [run:state], [run:reason], [run:message], [run:output], [run:output:...] for the values of a structured output, [run:trigger], [run:requester] and [run:url].',
    properties: [
      new Token(name: 'uuid', description: 'UUID of the run.'),
      new Token(name: 'agent', description: 'Id of the agent.'),
      new Token(name: 'agent_label', description: 'Name of the agent.'),
      new Token(name: 'state', description: 'State of the run: completed, failed, cancelled, expired; running when a draft is saved, waiting when it asks.'),
      new Token(name: 'reason', description: 'Machine-readable reason of the end.'),
      new Token(name: 'message', description: 'A sentence about the end.'),
      new Token(name: 'output', description: 'The output; for structured output its values, such as [run:output:summary].'),
      new Token(name: 'drafts', description: 'How many drafts the run has left.'),
      new Token(name: 'trigger', description: 'What started the run.'),
      new Token(name: 'requester', description: 'Name of the account that asked for the run.'),
      new Token(name: 'url', description: 'Address of the page of the run.'),
    ],
  )]
  #[Token(
    name: 'change',
    description: 'The draft; by itself its summary. Also [change:uuid], [change:operation], [change:status], [change:outcome], [change:reason], [change:revision] and [change:moderation_state].',
    classes: [ChangeSavedEvent::class, DraftAcceptedEvent::class, DraftRefusedEvent::class, DraftSentBackEvent::class],
    properties: [
      new Token(name: 'uuid', description: 'UUID of the draft, for the action "send draft back".'),
      new Token(name: 'status', description: 'What was decided: accepted or rejected; pending while it waits, or a part of it.'),
      new Token(name: 'outcome', description: 'What came of it: accepted, accepted_with_changes, partly.'),
      new Token(name: 'reason', description: 'Why it was refused, if somebody said.'),
      new Token(name: 'operation', description: 'create or revise.'),
      new Token(name: 'summary', description: 'What was changed, in a sentence of the agent.'),
      new Token(name: 'revision', description: 'Id of the revision.'),
      new Token(name: 'moderation_state', description: 'Moderation state of the draft.'),
    ],
  )]
  #[Token(
    name: 'question',
    description: 'What the run asks; by itself the question. Also [question:kind], [question:tool] and [question:expires].',
    classes: [RunWaitsForPersonEvent::class],
    properties: [
      new Token(name: 'kind', description: 'in_doubt: whether a tool has done its work; top_up: whether the run may use more.'),
      new Token(name: 'tool', description: 'Name of the tool in doubt.'),
      new Token(name: 'expires', description: 'When the run expires if nobody answers, as in 2026-11-21T10:00:00Z.'),
    ],
  )]
  #[Token(
    name: 'remarks',
    description: 'What was said when the draft was sent back; by itself the remark on the whole. Also [remarks:fields] and [remarks:fields:...] by name of the field.',
    classes: [DraftSentBackEvent::class],
  )]
  #[Token(
    name: 'undo',
    description: 'How many drafts were undone, and [undo:left]: how many stay since others have edited them.',
    classes: [RunUndoneEvent::class],
  )]
  #[Token(
    name: 'decided_by',
    description: 'The account of the person who decided, such as [decided_by:name].',
    classes: [DraftAcceptedEvent::class, DraftRefusedEvent::class, DraftSentBackEvent::class, RunUndoneEvent::class],
  )]
  #[Token(
    name: 'entity',
    description: 'The content: of a draft the draft itself while it is there, of an accepted one what is published; else what the run was about.',
  )]
  public function getData(string $key): mixed {
    $run = self::runOf($this->event);
    if ($run === NULL) {
      return parent::getData($key);
    }
    return match ($key) {
      'run' => $this->runTokens->run($run),
      'change' => $this->event instanceof ChangeSavedEvent || $this->event instanceof DraftDecidedEvent ? $this->runTokens->change($this->event->change) : NULL,
      'question' => $this->event instanceof RunWaitsForPersonEvent ? $this->runTokens->question($this->event->question) : NULL,
      'remarks' => $this->event instanceof DraftSentBackEvent ? $this->runTokens->remarks($this->event) : NULL,
      'undo' => $this->event instanceof RunUndoneEvent ? $this->runTokens->undo($this->event) : NULL,
      'decided_by' => $this->event instanceof DraftDecidedEvent || $this->event instanceof RunUndoneEvent ? $this->runTokens->person($this->event->uid) : NULL,
      'entity' => $this->content($run),
      default => parent::getData($key),
    };
  }

  /**
   * The content that the event is about.
   */
  protected function content(Run $run): ?EntityInterface {
    if ($this->event instanceof DraftAcceptedEvent) {
      return $this->runTokens->published($this->event->change);
    }
    if ($this->event instanceof ChangeSavedEvent || $this->event instanceof DraftDecidedEvent) {
      return $this->runTokens->draft($this->event->change);
    }
    $target = $run->getTarget();
    if ($target === NULL || !$this->entityTypeManager->hasDefinition($target['entity_type'])) {
      return NULL;
    }
    return $this->entityRepository->loadEntityByUuid($target['entity_type'], $target['uuid']);
  }

  /**
   * {@inheritdoc}
   */
  protected function buildEventData(): array {
    $run = self::runOf($this->event);
    return [
      'machine_name' => 'background_agents.' . $this->getDerivativeId(),
      'run' => (string) $run?->uuid(),
      'agent' => (string) $run?->getAgentId(),
      'state' => (string) $run?->getState()->value,
    ];
  }

}
