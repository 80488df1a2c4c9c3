<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca\Plugin\Action;

use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents_eca\DispatchInput;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Action\Attribute\Action;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\eca\Attribute\EcaAction;
use Drupal\eca\Plugin\Action\ConfigurableActionBase;
use Drupal\eca\Plugin\DataType\DataTransferObject;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Starts a background agent.
 *
 * Works within an entity save too: the Dispatcher then leaves a trigger row
 * and the run is made after the response, under the UUID that the token has.
 *
 * ECA swallows exceptions of actions. So a refusal is no exception here: it is
 * a value of the token, and the model can look at it.
 *
 * @internal
 */
#[Action(
  id: 'background_agents_dispatch',
  label: new TranslatableMarkup('Dispatch background agent'),
)]
#[EcaAction(
  description: new TranslatableMarkup('Starts a background agent. It works after this model has ended; use the event "Background agent: run finished" to react to its end.'),
  version_introduced: '1.0.0',
)]
class DispatchAgent extends ConfigurableActionBase {

  /**
   * The one service that makes runs.
   */
  protected Dispatcher $dispatcher;

  /**
   * Reads the input.
   */
  protected DispatchInput $dispatchInput;

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    $instance = parent::create($container, $configuration, $plugin_id, $plugin_definition);
    $instance->dispatcher = $container->get(Dispatcher::class);
    $instance->dispatchInput = $container->get(DispatchInput::class);
    return $instance;
  }

  /**
   * {@inheritdoc}
   *
   * Never offered to language models as a tool: those ways run actions without
   * an access check.
   */
  public static function externallyAvailable(): bool {
    return FALSE;
  }

  /**
   * {@inheritdoc}
   */
  public function defaultConfiguration(): array {
    return ['agent' => '', 'input' => '', 'entity' => 'entity', 'key' => '', 'token_name' => 'agent_run'] + parent::defaultConfiguration();
  }

  /**
   * {@inheritdoc}
   */
  public function buildConfigurationForm(array $form, FormStateInterface $form_state): array {
    $form['agent'] = [
      '#type' => 'select',
      '#title' => $this->t('Agent'),
      '#options' => $this->agents(),
      // A modeler keeps what was chosen: a first agent that merely stands there
      // would not be.
      '#empty_option' => $this->t('- Select -'),
      '#empty_value' => '',
      '#default_value' => $this->configuration['agent'],
      '#required' => TRUE,
      '#weight' => -50,
    ];
    $form['input'] = [
      '#type' => 'textarea',
      '#title' => $this->t('Input'),
      '#description' => $this->t('As YAML or JSON. Put values with tokens in quotes: <em>title: "[node:title]"</em>. Tokens are replaced in the values only, as plain text, so that content cannot change the structure.'),
      '#default_value' => $this->configuration['input'],
      '#weight' => -40,
      '#eca_token_replacement' => TRUE,
    ];
    $form['entity'] = [
      '#type' => 'textfield',
      '#title' => $this->t('Content that the run is about'),
      '#description' => $this->t('It is linked on the page of the run and told to the agent. Empty: none.'),
      '#default_value' => $this->configuration['entity'],
      '#weight' => -30,
      '#eca_token_reference' => TRUE,
    ];
    $form += $this->identification();
    return parent::buildConfigurationForm($form, $form_state);
  }

  /**
   * What the run is known by, before it is made and afterwards.
   */
  private function identification(): array {
    return [
      'key' => [
        '#type' => 'textfield',
        '#title' => $this->t('De-duplication key'),
        '#description' => $this->t('The same key gives the same run, however often the model comes here. Example: <em>summary-[node:uuid]-[node:vid]</em>. Empty: each time a new run.'),
        '#default_value' => $this->configuration['key'],
        '#weight' => -20,
        '#eca_token_replacement' => TRUE,
      ],
      'token_name' => [
        '#type' => 'textfield',
        '#title' => $this->t('Name of the token for the result'),
        '#description' => $this->t('The token itself is the UUID of the run. It also has <em>:uuid</em>, <em>:status</em> (dispatched, known or refused), <em>:code</em> and <em>:error</em>. When the run was refused it has no UUID, and <em>:error</em> says why.'),
        '#default_value' => $this->configuration['token_name'],
        '#weight' => -10,
        '#eca_token_reference' => TRUE,
      ],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function validateConfigurationForm(array &$form, FormStateInterface $form_state): void {
    parent::validateConfigurationForm($form, $form_state);
    try {
      $this->dispatchInput->parse((string) $form_state->getValue('input'));
    }
    catch (\InvalidArgumentException $exception) {
      $form_state->setErrorByName('input', $this->t('@text', ['@text' => $exception->getMessage()]));
    }
  }

  /**
   * {@inheritdoc}
   */
  public function submitConfigurationForm(array &$form, FormStateInterface $form_state): void {
    foreach (array_keys($this->defaultConfiguration()) as $key) {
      $this->configuration[$key] = trim((string) $form_state->getValue($key));
    }
    parent::submitConfigurationForm($form, $form_state);
  }

  /**
   * {@inheritdoc}
   *
   * Within a model the model is the authority: an administrator made it, and
   * the Dispatcher checks the rest. Anywhere else the account needs the
   * permission to run this agent.
   */
  public function access($object, ?AccountInterface $account = NULL, $return_as_object = FALSE) {
    if (isset($this->ecaModelId)) {
      $result = AccessResult::allowed();
    }
    else {
      $agent = Agent::load((string) $this->configuration['agent']);
      $result = $agent === NULL ? AccessResult::forbidden('The agent does not exist.') : $agent->access('run', $account ?? $this->currentUser, TRUE);
    }
    return $return_as_object ? $result : $result->isAllowed();
  }

  /**
   * {@inheritdoc}
   */
  public function execute(mixed $object = NULL): void {
    try {
      $dispatched = $this->dispatcher->dispatch($this->request());
      $this->handOn($dispatched->created ? 'dispatched' : 'known', $dispatched->uuid);
    }
    catch (ProblemException $exception) {
      if ($exception->problem->code === 'own_work') {
        // As it should be: nothing that anybody has to mend.
        $this->handOn('skipped', '', 'own_work', $exception->problem->detail);
        return;
      }
      $this->refused($exception->problem->code, $exception->problem->detail ?: $exception->problem->title);
    }
    catch (\InvalidArgumentException $exception) {
      $this->refused('input_invalid', $exception->getMessage());
    }
  }

  /**
   * What the Dispatcher is asked for.
   */
  protected function request(): DispatchRequest {
    $key = trim($this->tokenService->replacePlain((string) $this->configuration['key'], [], ['clear' => TRUE]));
    $requester = (int) $this->currentUser->id();
    return new DispatchRequest(
      agent: (string) $this->configuration['agent'],
      triggerType: 'eca',
      input: $this->dispatchInput->read((string) $this->configuration['input']),
      triggerId: $this->ecaModelId ?? NULL,
      requester: $requester > 0 ? $requester : NULL,
      entity: $this->target(),
      key: $key === '' ? NULL : $key,
    );
  }

  /**
   * The content that the run is about, as in the contract of a job.
   */
  protected function target(): ?array {
    $name = trim((string) $this->configuration['entity']);
    $entity = $name === '' ? NULL : $this->tokenService->getTokenData($name);
    if (!$entity instanceof EntityInterface || $entity->uuid() === NULL) {
      return NULL;
    }
    return array_filter([
      'entity_type' => $entity->getEntityTypeId(),
      'bundle' => $entity->bundle(),
      'uuid' => $entity->uuid(),
      'id' => $entity->id() === NULL ? NULL : (string) $entity->id(),
      'revision' => $entity instanceof ContentEntityInterface && $entity->getRevisionId() !== NULL ? (int) $entity->getRevisionId() : NULL,
      'langcode' => $entity->language()->getId(),
      'label' => $entity->label() === NULL ? NULL : mb_substr((string) $entity->label(), 0, 255),
    ], static fn (mixed $value): bool => $value !== NULL);
  }

  /**
   * Puts the result into the token.
   */
  protected function handOn(string $status, string $uuid = '', string $code = '', string $error = ''): void {
    $name = trim((string) $this->configuration['token_name']);
    if ($name === '') {
      return;
    }
    $result = DataTransferObject::create([
      'uuid' => $uuid,
      'agent' => (string) $this->configuration['agent'],
      'status' => $status,
      'code' => $code,
      'error' => $error,
    ]);
    $result->setStringRepresentation($uuid);
    $this->tokenService->addTokenData($name, $result);
  }

  /**
   * Hands on a refusal, and logs it: a model need not look at its token.
   */
  protected function refused(string $code, string $error): void {
    $this->logger->error('The agent %agent was not dispatched by the ECA model %model: @error', [
      '%agent' => $this->configuration['agent'],
      '%model' => $this->ecaModelId ?? '',
      '@error' => $error,
    ]);
    $this->handOn('refused', '', $code, $error);
  }

  /**
   * Labels of all agents.
   */
  protected function agents(): array {
    $agents = array_map(static fn (EntityInterface $agent): string => (string) $agent->label(), $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple());
    asort($agents);
    return $agents;
  }

  /**
   * {@inheritdoc}
   */
  public function calculateDependencies(): array {
    $agent = Agent::load((string) $this->configuration['agent']);
    return $agent === NULL ? parent::calculateDependencies() : ['config' => [$agent->getConfigDependencyName()]];
  }

}
