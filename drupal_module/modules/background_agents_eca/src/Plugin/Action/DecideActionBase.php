<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca\Plugin\Action;

use Drupal\background_agents\Access\RunContext;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents_eca\RunTokens;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\eca\Plugin\Action\ConfigurableActionBase;
use Drupal\eca\Plugin\DataType\DataTransferObject;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * An action by which a person decides about a run or a draft.
 *
 * The account that ECA acts as decides, with its own rights: the model does not
 * lend any. An agent's account never decides, nor does anybody within an
 * agent's request.
 *
 * @internal
 */
abstract class DecideActionBase extends ConfigurableActionBase {

  /**
   * Finds runs and drafts by tokens.
   */
  protected RunTokens $runTokens;

  /**
   * Knows the accounts of agents.
   */
  protected AgentAccounts $agentAccounts;

  /**
   * Tells whether an agent's request is answered.
   */
  protected RunContext $runContext;

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    $instance = parent::create($container, $configuration, $plugin_id, $plugin_definition);
    $instance->runTokens = $container->get(RunTokens::class);
    $instance->agentAccounts = $container->get(AgentAccounts::class);
    $instance->runContext = $container->get(RunContext::class);
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
    return ['token_name' => 'agent_decision'] + parent::defaultConfiguration();
  }

  /**
   * {@inheritdoc}
   */
  public function buildConfigurationForm(array $form, FormStateInterface $form_state): array {
    $form['token_name'] = [
      '#type' => 'textfield',
      '#title' => $this->t('Name of the token for the result'),
      '#description' => $this->t('The token itself is the UUID of the run. It also has <em>:status</em> (done or refused), <em>:code</em> and <em>:error</em>, which says why. The account that the model acts as decides, so it needs the rights to: use the action "User: switch current account" before where it has not.'),
      '#default_value' => $this->configuration['token_name'],
      '#weight' => 50,
      '#eca_token_reference' => TRUE,
    ];
    return parent::buildConfigurationForm($form, $form_state);
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
   */
  public function access($object, ?AccountInterface $account = NULL, $return_as_object = FALSE) {
    $account ??= $this->currentUser;
    $isAgents = $this->runContext->current() !== NULL || $this->agentAccounts->isAgentAccount($account);
    $result = $isAgents ? AccessResult::forbidden('Agents decide about no run and no draft.') : $this->mayDecide($account);
    return $return_as_object ? $result : $result->isAllowed();
  }

  /**
   * {@inheritdoc}
   */
  public function execute(mixed $object = NULL): void {
    // Who runs an action without asking for access is asked here.
    if (!$this->access($object)) {
      $this->handOn('refused', 'forbidden', 'The account may not do this.');
      return;
    }
    try {
      $this->decide();
      $this->handOn('done');
    }
    catch (ProblemException $exception) {
      $this->refused($exception->problem->code, $exception->problem->detail ?: $exception->problem->title);
    }
    catch (ReviewRefused $exception) {
      $this->refused('refused', $exception->plain());
    }
    catch (\InvalidArgumentException $exception) {
      $this->refused('input_invalid', $exception->getMessage());
    }
  }

  /**
   * Whether the account may decide this.
   */
  abstract protected function mayDecide(AccountInterface $account): AccessResultInterface;

  /**
   * Carries it out as the current user.
   */
  abstract protected function decide(): void;

  /**
   * UUID of the run that it is about; empty: there is none.
   */
  abstract protected function runUuid(): string;

  /**
   * A text of the configuration with its tokens replaced, as plain text.
   */
  protected function text(string $name): string {
    return trim($this->tokenService->replacePlain((string) $this->configuration[$name], [], ['clear' => TRUE]));
  }

  /**
   * What the token stands for that a value of the configuration names.
   */
  protected function named(string $name): mixed {
    return $this->tokenService->getTokenData((string) $this->configuration[$name]);
  }

  /**
   * Hands on a refusal, and logs it: a model need not look at its token.
   */
  private function refused(string $code, string $error): void {
    $this->logger->error('The ECA model %model could not decide about run %run: @error', [
      '%model' => $this->ecaModelId ?? '',
      '%run' => $this->runUuid(),
      '@error' => $error,
    ]);
    $this->handOn('refused', $code, $error);
  }

  private function handOn(string $status, string $code = '', string $error = ''): void {
    $name = trim((string) $this->configuration['token_name']);
    if ($name !== '') {
      $result = DataTransferObject::create([
        'run' => $this->runUuid(),
        'status' => $status,
        'code' => $code,
        'error' => $error,
      ]);
      $result->setStringRepresentation($this->runUuid());
      $this->tokenService->addTokenData($name, $result);
    }
  }

}
