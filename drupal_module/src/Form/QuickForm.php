<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Form\Quick\ChoicePart;
use Drupal\background_agents\Form\Quick\PlanPart;
use Drupal\background_agents\Form\Quick\QuickDefaults;
use Drupal\background_agents\Form\Quick\QuickInput;
use Drupal\background_agents\Form\Quick\TryPart;
use Drupal\background_agents\Quick\QuickMaker;
use Drupal\background_agents\Quick\QuickPlan;
use Drupal\background_agents\Quick\QuickPlanner;
use Drupal\background_agents\Quick\QuickRefused;
use Drupal\Component\Utility\NestedArray;
use Drupal\Core\Ajax\AjaxResponse;
use Drupal\Core\Ajax\AnnounceCommand;
use Drupal\Core\Ajax\ReplaceCommand;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\FormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Link;
use Drupal\Core\Url;

/**
 * Makes an agent and what it needs from a few answers.
 *
 * @internal
 */
final class QuickForm extends FormBase {

  use AutowireTrait;
  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  /**
   * Where the state of the form has what tells one press from another.
   */
  private const string KEY = 'background_agents_press';

  /**
   * What of the form is shown anew when an answer changes, by its name.
   */
  private const array REFRESHED = [
    'preset' => ['choice', 'ask', 'plan', 'try'],
    'does' => ['plan', 'try'],
    'content' => ['field', 'who', 'ask', 'plan', 'try'],
    'field' => ['plan'],
    'start' => ['plan'],
    'reviewers' => ['plan'],
    'workflow' => ['plan'],
  ];

  /**
   * Where these elements are, if not at the top of "choice".
   */
  private const array PLACES = [
    'preset' => ['preset'],
    'field' => ['choice', 'field', 'field'],
    'reviewers' => ['choice', 'who', 'reviewers'],
    'workflow' => ['ask', 'ask', 'workflow'],
  ];

  public function __construct(
    private readonly QuickDefaults $defaults,
    private readonly QuickPlanner $planner,
    private readonly QuickMaker $maker,
    private readonly ChoicePart $choices,
    private readonly PlanPart $plans,
    private readonly TryPart $tries,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_quick';
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state): array {
    $form['#attached']['library'][] = 'background_agents/admin';
    $form['#cache']['max-age'] = 0;
    $form['long'] = ['#type' => 'html_tag', '#tag' => 'p', 'link' => $this->longForm()];
    $form_state->set(self::KEY, self::keyOf($form_state->getUserInput()));
    $input = $this->defaults->of($form_state);
    if ($input === NULL) {
      return $form + ['none' => $this->nothingFits()];
    }
    $this->defaults->forget($input, $form_state);
    $plan = $this->planner->plan($input->choice);
    $form['preset'] = $this->choices->preset($input);
    $form['choice'] = $this->section('choice') + $this->choices->task($input) + [
      'content' => $this->choices->content($input),
      'field' => $this->section('field') + ['field' => $this->choices->field($input)],
      'start' => $this->choices->start($input),
      'time' => $this->choices->time($input),
      'who' => $this->section('who') + ['reviewers' => $this->choices->reviewers($input)],
    ];
    $form += $this->choices->model($input);
    $form['ask'] = $this->section('ask') + ['ask' => $this->plans->ask($input, $plan)];
    $form['plan'] = $this->section('plan') + ['plan' => $this->plans->plan($plan)];
    $form['try'] = $this->section('try') + [
      'item' => $this->tries->build($input, $plan),
      'obstacle' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        '#value' => $this->tries->obstacle($input, $plan),
        '#access' => $this->tries->obstacle($input, $plan) !== NULL,
      ],
      'actions' => $this->actions($input, $plan),
    ];
    return $this->refreshing($form);
  }

  /**
   * The link to the form that asks for everything.
   */
  private function longForm(): array {
    return Link::createFromRoute($this->t('Set everything yourself, in the long form'), 'entity.background_agents_agent.add_form')->toRenderable();
  }

  private function nothingFits(): array {
    return [
      '#markup' => '<p>' . $this->t('No content type has a field that an agent could write and keep drafts of. <a href=":url">Add a content type</a> first.', [':url' => Url::fromRoute('system.admin_structure')->toString()]) . '</p>',
    ];
  }

  /**
   * A part of the form that is shown anew.
   */
  private function section(string $name): array {
    return ['#type' => 'container', '#attributes' => ['id' => "ba-quick-$name"]];
  }

  private function actions(QuickInput $input, QuickPlan $plan): array {
    $try = $this->tries->isPossible($plan) && $this->tries->obstacle($input, $plan) === NULL;
    return [
      '#type' => 'actions',
      'try' => [
        '#type' => 'submit',
        '#name' => 'try',
        '#value' => $this->t('Save and try it'),
        '#button_type' => 'primary',
        '#access' => $try,
      ],
      'test' => [
        '#type' => 'submit',
        '#name' => 'test',
        '#value' => $this->t('Save and make a test run'),
        '#access' => $this->tries->isTestable($input, $plan),
      ],
      'save' => [
        '#type' => 'submit',
        '#name' => 'save',
        '#value' => $this->t('Save'),
        '#button_type' => $try ? 'secondary' : 'primary',
      ],
    ];
  }

  /**
   * The form with what shows it anew when an answer changes.
   */
  private function refreshing(array $form): array {
    $ajax = [
      'callback' => '::refresh',
      'progress' => ['type' => 'throbber', 'message' => NULL],
      'disable-refocus' => FALSE,
    ];
    foreach (array_keys(self::REFRESHED) as $name) {
      $path = self::PLACES[$name] ?? ['choice', $name];
      $element = NestedArray::getValue($form, $path);
      if ($element !== NULL) {
        NestedArray::setValue($form, $path, $element + ['#ajax' => $ajax, '#limit_validation_errors' => []]);
      }
    }
    return $form;
  }

  /**
   * Ajax callback: what depends on the answer that changed.
   */
  public function refresh(array $form, FormStateInterface $form_state): AjaxResponse {
    $name = explode('[', (string) ($form_state->getTriggeringElement()['#name'] ?? ''))[0];
    $response = new AjaxResponse();
    foreach (self::REFRESHED[$name] ?? [] as $part) {
      $response->addCommand(new ReplaceCommand("#ba-quick-$part", $form[$part] ?? $form['choice'][$part]));
    }
    return $response->addCommand(new AnnounceCommand((string) $this->t('What will be made has changed: see the list below.')));
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    $input = $this->defaults->of($form_state);
    if (!$this->isPressed($form_state) || $input === NULL || $this->maker->earlier((string) $form_state->get(self::KEY)) !== NULL) {
      return;
    }
    $choice = $input->choice;
    if (!preg_match('/^[a-z][a-z0-9_-]{0,63}:.{1,200}$/', $choice->model)) {
      $form_state->setErrorByName('model', $this->t('Name a model as <em>provider:model</em>, such as %example. "@given" has no provider.', [
        '%example' => 'anthropic:claude-sonnet-5-5',
        '@given' => $choice->model,
      ]));
    }
    if ($choice->start === 'daily' && !preg_match('/^([01]\d|2[0-3]):[0-5]\d$/D', $choice->time)) {
      $form_state->setErrorByName('time', $this->t('"@given" is no time of day. Example: 06:30.', ['@given' => $choice->time]));
    }
    $plan = $this->planner->plan($choice);
    if ($plan->addsToWorkflow && !$form_state->getValue('moderate')) {
      $form_state->setErrorByName('moderate', $this->t('@type has no moderation, so there are no drafts of it. Check that it may come under moderation, or choose other content.', ['@type' => $choice->content->label]));
    }
    elseif (!hash_equals($plan->hash(), (string) ($form_state->getUserInput()['seen'] ?? ''))) {
      $form_state->setErrorByName('seen', $this->t('What will be made has changed since the page was shown. Look at it again, then save.'));
    }
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $input = $this->defaults->of($form_state);
    if ($input === NULL) {
      return;
    }
    $key = (string) $form_state->get(self::KEY);
    $plan = $this->planner->plan($input->choice);
    $isFirst = $this->maker->earlier($key) === NULL;
    try {
      $agent = $this->maker->make($input->choice, (string) ($form_state->getUserInput()['seen'] ?? ''), $key);
    }
    catch (QuickRefused $refused) {
      $this->messenger()->addError($refused->sentence);
      $form_state->setRebuild();
      return;
    }
    $this->messenger()->addStatus($isFirst ? $this->t('The agent %label has been added.', ['%label' => $agent->label()]) : $this->t('The agent %label had been added already.', ['%label' => $agent->label()]));
    $form_state->setRedirectUrl($agent->toUrl($agent->status() ? 'collection' : 'edit-form'));
    foreach ($isFirst ? $this->plans->sentences($plan) : [] as $sentence) {
      $this->messenger()->addWarning($sentence);
    }
    $pressed = $form_state->getTriggeringElement()['#name'] ?? '';
    if ($pressed === 'test' && $isFirst && $agent->status()) {
      $agent->disable()->save();
      $this->messenger()->addStatus($this->t('It is not active yet. When you like what the test run proposes, <a href=":url">enable it</a>.', [':url' => $agent->toUrl('enable')->toString()]));
    }
    if (in_array($pressed, ['try', 'test'], TRUE)) {
      $this->startRun($agent, $input, $key, $form_state, $pressed === 'test');
    }
  }

  private function startRun(Agent $agent, QuickInput $input, string $key, FormStateInterface $form_state, bool $isTest): void {
    $form_state->setRedirect($isTest ? 'background_agents.test_agent' : 'background_agents.run_agent', ['background_agents_agent' => $agent->id()]);
    try {
      $run = $this->tries->start($agent, $input, (string) $form_state->getValue('item'), $key, $isTest);
    }
    catch (DispatchRefused $refused) {
      $this->messenger()->addError($this->t('@text', ['@text' => $refused->problem->detail ?: $refused->problem->title]));
      return;
    }
    if ($run?->access('view')) {
      $form_state->setRedirectUrl($run->toUrl());
    }
  }

  /**
   * Whether a button was pressed, not an answer changed.
   */
  private function isPressed(FormStateInterface $form_state): bool {
    return in_array($form_state->getTriggeringElement()['#name'] ?? '', ['try', 'test', 'save'], TRUE);
  }

  /**
   * Tells one press of a button from another; twice the same is a second click.
   *
   * Of what was sent, before anything of it is left out.
   */
  private static function keyOf(array $sent): string {
    $sent = array_diff_key($sent, array_flip(['op', 'form_token', 'try', 'test', 'save']));
    ksort($sent);
    return hash('sha256', serialize($sent));
  }

}
