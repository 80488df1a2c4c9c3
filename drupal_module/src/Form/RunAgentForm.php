<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Dispatch\ContentReference;
use Drupal\background_agents\Dispatch\Dispatcher;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\StopSwitch;
use Drupal\background_agents\Ui\InputForm;
use Drupal\background_agents\Ui\StopNotice;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Starts an agent by hand.
 *
 * @internal
 */
final class RunAgentForm extends FormBase {

  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  public function __construct(
    private readonly Dispatcher $dispatcher,
    private readonly AgentAccounts $accounts,
    private readonly InputForm $inputForm,
    private readonly StopSwitch $stopSwitch,
    private readonly StopNotice $stopNotice,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly TestRunPart $testRun,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container): static {
    return new self(
      $container->get(Dispatcher::class),
      $container->get(AgentAccounts::class),
      $container->get(InputForm::class),
      $container->get(StopSwitch::class),
      $container->get(StopNotice::class),
      $container->get('entity_type.manager'),
      $container->get(TestRunPart::class),
    );
  }

  /**
   * The title of the page.
   */
  public static function title(Agent $background_agents_agent, bool $test = FALSE): TranslatableMarkup {
    return $test
      ? new TranslatableMarkup('Test run of %label', ['%label' => $background_agents_agent->label()])
      : new TranslatableMarkup('Run %label', ['%label' => $background_agents_agent->label()]);
  }

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_run_agent';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?Agent $background_agents_agent = NULL, bool $test = FALSE): array {
    $agent = $background_agents_agent;
    assert($agent instanceof Agent);
    $form_state->set('agent', $agent->id());
    $form_state->set('test', $test);
    $form['#attached']['library'][] = 'background_agents/admin';
    $problems = $this->problems($agent, $test);
    $form['problems'] = [
      '#theme' => 'status_messages',
      '#message_list' => ['warning' => $problems],
      '#status_headings' => ['warning' => $this->t('Why this agent cannot run now')],
      '#access' => $problems !== [],
    ];
    if ($agent->getDescription() !== '') {
      $form['description'] = [
        '#type' => 'html_tag',
        '#tag' => 'p',
        'text' => ['#plain_text' => $agent->getDescription()],
      ];
    }
    $form['about'] = $this->about($agent);
    $form += $this->input($agent, $test);
    $form['dry_run'] = $this->testRun->choice($agent, $test);
    $form['key'] = PageKey::element();
    $form['actions'] = [
      '#type' => 'actions',
      'submit' => [
        '#type' => 'submit',
        '#value' => $test ? $this->t('Start test run') : $this->t('Run agent'),
        '#button_type' => 'primary',
        '#disabled' => (!$test && !$agent->status()) || $this->stopSwitch->isStopped(),
      ],
    ];
    return $form;
  }

  /**
   * The fields of the input; of a test run, also what a trigger would give.
   */
  private function input(Agent $agent, bool $test): array {
    $elements = $this->inputForm->elements($agent->getInputSchema());
    $from = $test ? $this->testRun->inputs($agent) : [];
    if ($from === []) {
      return ['input' => ['#type' => 'container', '#tree' => TRUE] + $elements];
    }
    // What is typed is asked for only when it is to be typed; the agent's
    // schema says what is missing.
    $typed = array_map(static fn (array $element): array => ['#required' => FALSE] + $element, $elements);
    $states = ['visible' => [':input[name="input_from"]' => ['value' => '']]];
    return ['input_from' => $from, 'input' => ['#type' => 'container', '#tree' => TRUE, '#states' => $states] + $typed];
  }

  /**
   * Returns the fields for the content that the run is about.
   *
   * There is one for each entity type that the agent may touch.
   */
  private function about(Agent $agent): array {
    $fields = ['#type' => 'container', '#tree' => TRUE];
    $named = $this->named();
    foreach ($agent->getContent() as $entity_type => $bundles) {
      $definition = $this->entityTypeManager->getDefinition($entity_type, FALSE);
      if ($definition === NULL) {
        continue;
      }
      $fields[$entity_type] = [
        '#type' => 'entity_autocomplete',
        '#title' => $this->t('About: @type', ['@type' => $definition->getSingularLabel()]),
        '#description' => $this->t('The agent is told which one it is. Empty: it is about no particular one.'),
        '#target_type' => $entity_type,
        '#default_value' => $named?->getEntityTypeId() === $entity_type && isset($bundles[$named->bundle()]) ? $named : NULL,
        '#selection_settings' => ['target_bundles' => array_combine(array_keys($bundles), array_keys($bundles))],
      ];
    }
    return $fields;
  }

  /**
   * The content, in a language, that the address of the page names.
   *
   * As type/id/language; the tab "Agents" of content makes it. Only content
   * that the person may see is taken, since its label is shown.
   */
  private function named(): ?ContentEntityInterface {
    $about = $this->getRequest()->query->all()['about'] ?? NULL;
    $parts = is_string($about) ? explode('/', $about) : [];
    if (count($parts) !== 3 || !ctype_digit($parts[1]) || !$this->entityTypeManager->hasDefinition($parts[0])) {
      return NULL;
    }
    $entity = $this->entityTypeManager->getStorage($parts[0])->load($parts[1]);
    if (!$entity instanceof ContentEntityInterface || !$entity->hasTranslation($parts[2])) {
      return NULL;
    }
    $translation = $entity->getTranslation($parts[2]);
    return $translation->access('view label', $this->currentUser()) && $translation->access('view', $this->currentUser()) ? $translation : NULL;
  }

  /**
   * The chosen content, in a language; NULL: none.
   */
  private function chosen(FormStateInterface $form_state): ?ContentEntityInterface {
    foreach (array_filter((array) $form_state->getValue('about')) as $entity_type => $id) {
      $entity = $this->entityTypeManager->getStorage($entity_type)->load($id);
      if ($entity instanceof ContentEntityInterface) {
        $named = $this->named();
        $langcode = $named?->uuid() === $entity->uuid() ? $named->language()->getId() : '';
        return $entity->hasTranslation($langcode) ? $entity->getTranslation($langcode) : $entity;
      }
    }
    return NULL;
  }

  /**
   * The chosen content, as in the contract of a job; NULL: none.
   */
  private function target(FormStateInterface $form_state): ?array {
    $entity = $this->chosen($form_state);
    return $entity === NULL ? NULL : ContentReference::of($entity);
  }

  /**
   * Why the agent cannot run now, or will not get far.
   */
  private function problems(Agent $agent, bool $test): array {
    $problems = array_map(fn (string $text) => $this->t('@text', ['@text' => $text]), $this->accounts->validate($agent));
    if (!$agent->status() && !$test) {
      array_unshift($problems, $this->t('This agent is not active.'));
    }
    if ($this->stopSwitch->isStopped()) {
      array_unshift($problems, $this->stopNotice->sentence());
    }
    return $problems;
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    $agent = Agent::load($form_state->get('agent'));
    if ($agent === NULL) {
      $form_state->setError($form, $this->t('This agent was deleted meanwhile.'));
      return;
    }
    if (count(array_filter((array) $form_state->getValue('about'))) > 1) {
      $form_state->setErrorByName('about', $this->t('A run can be about one item only.'));
    }
    $chosen = $this->chosen($form_state);
    if ($chosen !== NULL && !$chosen->access('view', $this->currentUser())) {
      // Nobody is told by the input of a run what they may not see.
      $form_state->setErrorByName('about', $this->t('A run cannot be about an item that you may not see.'));
      return;
    }
    $trigger = (string) $form_state->getValue('input_from', '');
    $form_state->set('input', $trigger !== '' ? $this->testRun->input($agent, $trigger, $chosen) : $this->inputForm->read($agent->getInputSchema(), (array) $form_state->getValue('input'), $form['input'], $form_state));
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $isTest = $form_state->get('test') || $form_state->getValue('dry_run');
    $request = new DispatchRequest(
      agent: $form_state->get('agent'),
      triggerType: 'manual',
      input: $form_state->get('input'),
      requester: (int) $this->currentUser()->id(),
      entity: $this->target($form_state),
      key: $this->key($form_state, (bool) $isTest),
      dryRun: (bool) $isTest,
    );
    try {
      $dispatched = $this->dispatcher->dispatch($request);
    }
    catch (ProblemException $exception) {
      $this->tell($exception);
      $form_state->setRebuild();
      return;
    }
    $this->messenger()->addStatus(match (TRUE) {
      !$dispatched->created => $this->t('This run had been started already.'),
      (bool) $isTest => $this->t('The test run has been started. What the agent proposes is shown here.'),
      default => $this->t('The agent has been started.'),
    });
    $run = $dispatched->run;
    if ($run?->access('view')) {
      $form_state->setRedirectUrl($run->toUrl());
    }
  }

  /**
   * The same for each click on the button of one page.
   *
   * Who comes back to the page and asks for something else means another run.
   */
  private function key(FormStateInterface $form_state, bool $isTest): string {
    $asked = Json::encode([$form_state->get('input'), $this->target($form_state), $isTest]);
    return 'form:' . PageKey::of($form_state) . ':' . hash('sha256', $asked);
  }

  /**
   * Shows why a run was refused.
   */
  private function tell(ProblemException $exception): void {
    $problem = $exception->problem;
    $this->messenger()->addError($this->t('@text', ['@text' => $problem->detail ?: $problem->title]));
    foreach ($problem->errors as $error) {
      $this->messenger()->addError($this->t('@where: @text', [
        '@where' => ltrim($error['pointer'] ?? '', '/') ?: $this->t('Input'),
        '@text' => $error['detail'],
      ]));
    }
  }

}
