<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca\Plugin\ECA\Event;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Event\ChangeSavedEvent;
use Drupal\background_agents\Event\RunEndedEvent;
use Drupal\background_agents\Event\RunFailedEvent;
use Drupal\background_agents\Event\RunFinishedEvent;
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
    return [
      'run_finished' => [
        'label' => 'Background agent: run finished',
        'description' => 'An agent has completed its run. A run that failed, was cancelled or expired is the event "run failed".',
        'event_name' => RunFinishedEvent::class,
        'event_class' => RunFinishedEvent::class,
        'tags' => Tag::RUNTIME | Tag::PERSISTENT | Tag::AFTER,
      ],
      'run_failed' => [
        'label' => 'Background agent: run failed',
        'description' => 'A run ended without being completed: failed, cancelled or expired. Its reason says why.',
        'event_name' => RunFailedEvent::class,
        'event_class' => RunFailedEvent::class,
        'tags' => Tag::RUNTIME | Tag::PERSISTENT | Tag::AFTER,
      ],
      'run_waits' => [
        'label' => 'Background agent: run waits for a person',
        'description' => 'A run asks something and waits for the answer of a person. Once for each question.',
        'event_name' => RunWaitsForPersonEvent::class,
        'event_class' => RunWaitsForPersonEvent::class,
        'tags' => Tag::RUNTIME | Tag::PERSISTENT | Tag::AFTER,
      ],
      'draft_saved' => [
        'label' => 'Background agent: draft saved',
        'description' => 'An agent has saved a draft.',
        'event_name' => ChangeSavedEvent::class,
        'event_class' => ChangeSavedEvent::class,
        'tags' => Tag::CONTENT | Tag::PERSISTENT | Tag::AFTER,
      ],
    ];
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
    return $run !== NULL && ($wildcard === '*' || $wildcard === $run->getAgentId());
  }

  /**
   * The run that an event is about.
   */
  protected static function runOf(?Event $event): ?Run {
    return $event instanceof RunEndedEvent || $event instanceof ChangeSavedEvent || $event instanceof RunWaitsForPersonEvent ? $event->run : NULL;
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
      new Token(name: 'trigger', description: 'What started the run.'),
      new Token(name: 'requester', description: 'Name of the account that asked for the run.'),
      new Token(name: 'url', description: 'Address of the page of the run.'),
    ],
  )]
  #[Token(
    name: 'change',
    description: 'The draft that was saved; by itself its summary. Also [change:operation], [change:revision] and [change:moderation_state].',
    classes: [ChangeSavedEvent::class],
    properties: [
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
    name: 'entity',
    description: 'The content: of a saved draft the draft itself, else what the run was about.',
  )]
  public function getData(string $key): mixed {
    $run = self::runOf($this->event);
    if ($run === NULL) {
      return parent::getData($key);
    }
    return match ($key) {
      'run' => $this->runTokens->run($run),
      'change' => $this->event instanceof ChangeSavedEvent ? $this->runTokens->change($this->event->change) : NULL,
      'question' => $this->event instanceof RunWaitsForPersonEvent ? $this->runTokens->question($this->event->question) : NULL,
      'entity' => $this->content($run),
      default => parent::getData($key),
    };
  }

  /**
   * The content that the event is about.
   */
  protected function content(Run $run): ?EntityInterface {
    if ($this->event instanceof ChangeSavedEvent) {
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
