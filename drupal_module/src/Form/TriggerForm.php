<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Form\Trigger\ContentPart;
use Drupal\background_agents\Form\Trigger\InputPart;
use Drupal\background_agents\Form\Trigger\SchedulePart;
use Drupal\background_agents\Form\Trigger\TryPart;
use Drupal\background_agents\Ui\TriggerInputCheck;
use Drupal\Component\Render\PlainTextOutput;
use Drupal\Core\Ajax\AjaxResponse;
use Drupal\Core\Ajax\ReplaceCommand;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Entity\EntityForm;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Form\FormStateInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Adds and edits a trigger.
 *
 * @internal
 */
final class TriggerForm extends EntityForm {

  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  /**
   * Offered intervals of cron triggers, in seconds.
   */
  private const array INTERVALS = [300, 900, 1800, 3600, 10800, 21600, 43200, 86400, 604800];

  public function __construct(
    private readonly ContentPart $content,
    private readonly InputPart $input,
    private readonly SchedulePart $schedule,
    private readonly DateFormatterInterface $dateFormatter,
    private readonly TriggerInputCheck $inputCheck,
    private readonly TryPart $try,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container): static {
    return new self($container->get(ContentPart::class), $container->get(InputPart::class), $container->get(SchedulePart::class), $container->get('date.formatter'), $container->get(TriggerInputCheck::class), $container->get(TryPart::class));
  }

  /**
   * {@inheritdoc}
   */
  protected function prepareEntity(): void {
    if ($this->operation !== 'clone' || $this->entity->isNew()) {
      return;
    }
    $copy = $this->entity->createDuplicate();
    assert($copy instanceof Trigger);
    $copy->set('label', PlainTextOutput::renderFromHtml($this->t('@label (copy)', ['@label' => mb_substr((string) $this->entity->label(), 0, 240)])));
    // Two of them would start the agent twice, until one is changed.
    $this->entity = $copy->disable();
  }

  /**
   * {@inheritdoc}
   */
  public function form(array $form, FormStateInterface $form_state): array {
    $form = parent::form($form, $form_state);
    $trigger = $this->trigger();
    $form['#attached']['library'][] = 'background_agents/admin';
    // The Enter key presses the first button of a form.
    $form['by_enter'] = [
      '#type' => 'submit',
      '#value' => $this->t('Save'),
      '#name' => 'by_enter',
      '#submit' => ['::submitForm', '::save'],
      '#attributes' => ['class' => ['visually-hidden'], 'tabindex' => '-1', 'aria-hidden' => 'true'],
      '#weight' => -100,
    ];
    $form += $this->identity($trigger);
    $form['settings'] = ['#type' => 'container', '#tree' => TRUE, '#weight' => 10];
    $form['settings']['content'] = $this->content->build($trigger, $form_state);
    $form['settings']['schedule'] = $this->schedule->build($trigger);
    $form['settings']['cron'] = $this->cron($trigger);
    $form['input'] = $this->input->build($trigger, $form_state);
    $form['try'] = $this->try->build($trigger, $form_state);
    return $form;
  }

  /**
   * Label, id and whether it is active.
   */
  private function identity(Trigger $trigger): array {
    return [
      'label' => [
        '#type' => 'textfield',
        '#title' => $this->t('Name'),
        '#default_value' => $trigger->label(),
        '#maxlength' => 255,
        '#required' => TRUE,
      ],
      'id' => [
        '#type' => 'machine_name',
        '#default_value' => $trigger->isNew() ? NULL : $trigger->id(),
        '#machine_name' => ['exists' => [Trigger::class, 'load']],
        '#maxlength' => 64,
        '#disabled' => !$trigger->isNew(),
      ],
      'status' => [
        '#type' => 'checkbox',
        '#title' => $this->t('Active'),
        '#default_value' => $trigger->status(),
      ],
    ] + $this->start($trigger);
  }

  /**
   * Which agent it starts, and what sets it off.
   */
  private function start(Trigger $trigger): array {
    return [
      'agent' => [
        '#type' => 'select',
        '#title' => $this->t('Agent'),
        '#options' => $this->agents(),
        '#default_value' => $trigger->getAgentId() ?: NULL,
        '#required' => TRUE,
        '#empty_option' => $this->t('- Select -'),
        '#ajax' => ['callback' => '::refreshInput', 'wrapper' => 'ba-trigger-input'],
      ],
      'type' => [
        '#type' => 'radios',
        '#title' => $this->t('Start the agent'),
        '#options' => [
          'content' => $this->t('when content changes'),
          'schedule' => $this->t('by a schedule'),
          'cron' => $this->t('again and again, when cron runs'),
        ],
        '#default_value' => $trigger->getType(),
        '#required' => TRUE,
      ],
    ];
  }

  /**
   * Labels of all agents by id.
   *
   * @return array<string, string>
   */
  private function agents(): array {
    $agents = array_map(static fn (EntityInterface $agent): string => (string) $agent->label(), $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple());
    asort($agents);
    return $agents;
  }

  /**
   * Settings of a cron trigger.
   */
  private function cron(Trigger $trigger): array {
    $settings = $trigger->getType() === 'cron' ? $trigger->getSettings() : Trigger::CRON_SETTINGS;
    $seconds = array_unique([...self::INTERVALS, (int) $settings['interval']]);
    sort($seconds);
    return [
      '#type' => 'details',
      '#title' => $this->t('How often'),
      '#open' => TRUE,
      '#states' => ['visible' => [':input[name="type"]' => ['value' => 'cron']]],
      'interval' => [
        '#type' => 'select',
        '#title' => $this->t('At the most every'),
        '#description' => $this->t('A run starts with the first cron run after this time. It cannot be more often than cron itself.'),
        '#options' => array_combine($seconds, array_map(fn (int $interval): string => (string) $this->dateFormatter->formatInterval($interval), $seconds)),
        '#default_value' => $settings['interval'],
      ],
    ];
  }

  /**
   * Ajax callback: the input of another agent.
   */
  public function refreshInput(array $form, FormStateInterface $form_state): array {
    return $form['input'];
  }

  /**
   * Ajax callback: the types, fields and states of another kind of content.
   */
  public function refreshContent(array $form, FormStateInterface $form_state): AjaxResponse {
    return (new AjaxResponse())
      ->addCommand(new ReplaceCommand('#ba-trigger-content', $form['settings']['content']))
      ->addCommand(new ReplaceCommand('#ba-trigger-try', $form['try']));
  }

  /**
   * Ajax callback: what was tried.
   */
  public function refreshTry(array $form, FormStateInterface $form_state): array {
    return $form['try'];
  }

  /**
   * Submit callback: what would have started last week.
   */
  public function showWeek(array &$form, FormStateInterface $form_state): void {
    $this->try->showWeek($this->tried($form, $form_state), $form_state);
  }

  /**
   * Submit callback: the input of a run.
   */
  public function showInput(array &$form, FormStateInterface $form_state): void {
    $this->try->showInput($this->tried($form, $form_state), $form_state);
  }

  /**
   * The trigger as it stands in the form.
   */
  private function tried(array $form, FormStateInterface $form_state): Trigger {
    $trigger = $this->buildEntity($form, $form_state);
    assert($trigger instanceof Trigger);
    return $trigger;
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    parent::validateForm($form, $form_state);
    $content = (array) $form_state->getValue(['settings', 'content']);
    foreach ($form_state->getValue('type') === 'content' ? $this->content->problems($content) : [] as $path => $problem) {
      $form_state->setErrorByName("settings][content][$path", $problem);
    }
    foreach ($this->input->lines($form_state) as $number => $line) {
      if (!preg_match('/^[A-Za-z_][A-Za-z0-9_]*\s*:/', $line)) {
        $form_state->setError($form['input']['more'], $this->t('Line @number of the values is not of the form "name: value": @line', [
          '@number' => $number + 1,
          '@line' => $line,
        ]));
      }
    }
    $trigger = $this->buildEntity($form, $form_state);
    assert($trigger instanceof Trigger);
    foreach ($trigger->getType() === 'schedule' ? $this->schedule->problems($trigger) : [] as $name => $problem) {
      $form_state->setErrorByName("settings][schedule][$name", $this->t('This is no schedule: @problem', ['@problem' => $problem]));
    }
    foreach ($this->inputCheck->problems($trigger) as $name => $problem) {
      $form_state->setErrorByName(isset($form['input']['properties'][$name]) ? "input][properties][$name" : 'input][more', $problem);
    }
  }

  /**
   * {@inheritdoc}
   */
  protected function copyFormValuesToEntity(EntityInterface $entity, array $form, FormStateInterface $form_state): void {
    assert($entity instanceof Trigger);
    $type = (string) $form_state->getValue('type');
    $settings = (array) $form_state->getValue(['settings', $type]);
    if ($entity->isNew()) {
      $entity->set('id', $form_state->getValue('id'));
    }
    $entity->set('label', trim((string) $form_state->getValue('label')));
    $entity->setStatus((bool) $form_state->getValue('status'));
    $entity->set('agent', (string) $form_state->getValue('agent'));
    $entity->set('type', $type);
    $entity->set('debounce', $type === 'content' ? (int) $settings['debounce'] : 0);
    $entity->set('settings', match ($type) {
      'cron' => ['interval' => (int) $settings['interval']],
      'schedule' => $this->schedule->settings($settings),
      default => $this->content->settings($settings),
    });
    $entity->set('input', $this->input->read($form_state));
  }

  /**
   * {@inheritdoc}
   */
  public function save(array $form, FormStateInterface $form_state): int {
    $trigger = $this->trigger();
    $result = $trigger->save();
    $this->messenger()->addStatus($this->t('The trigger %label has been saved.', ['%label' => $trigger->label()]));
    $form_state->setRedirectUrl($trigger->toUrl('collection'));
    return $result;
  }

  private function trigger(): Trigger {
    $trigger = $this->entity;
    assert($trigger instanceof Trigger);
    return $trigger;
  }

}
