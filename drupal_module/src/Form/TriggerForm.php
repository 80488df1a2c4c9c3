<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Ui\ContentTypes;
use Drupal\background_agents\Ui\TriggerInputCheck;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Entity\EntityForm;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Extension\ModuleHandlerInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Language\LanguageManagerInterface;
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
    private readonly ContentTypes $contentTypes,
    private readonly LanguageManagerInterface $languageManager,
    private readonly DateFormatterInterface $dateFormatter,
    private readonly TriggerInputCheck $inputCheck,
    ModuleHandlerInterface $moduleHandler,
  ) {
    $this->moduleHandler = $moduleHandler;
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container): static {
    return new self($container->get(ContentTypes::class), $container->get('language_manager'), $container->get('date.formatter'), $container->get(TriggerInputCheck::class), $container->get('module_handler'));
  }

  /**
   * {@inheritdoc}
   */
  public function form(array $form, FormStateInterface $form_state): array {
    $form = parent::form($form, $form_state);
    $trigger = $this->trigger();
    $form['#attached']['library'][] = 'background_agents/admin';
    $form += $this->identity($trigger);
    $form['settings'] = ['#type' => 'container', '#tree' => TRUE, '#weight' => 10];
    $form['settings']['content'] = $this->content($trigger, $form_state);
    $form['settings']['cron'] = $this->cron($trigger);
    $form['input'] = $this->input($trigger, $form_state);
    return $form;
  }

  /**
   * Label, agent, type.
   */
  private function identity(Trigger $trigger): array {
    $agents = array_map(static fn (EntityInterface $agent): string => (string) $agent->label(), $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple());
    asort($agents);
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
      'agent' => [
        '#type' => 'select',
        '#title' => $this->t('Agent'),
        '#options' => $agents,
        '#default_value' => $trigger->getAgentId() ?: NULL,
        '#required' => TRUE,
        '#empty_option' => $this->t('- Select -'),
        '#ajax' => ['callback' => '::refreshInput', 'wrapper' => 'ba-trigger-input'],
      ],
      'type' => [
        '#type' => 'radios',
        '#title' => $this->t('Start the agent'),
        '#options' => ['content' => $this->t('when content changes'), 'cron' => $this->t('again and again, by cron')],
        '#default_value' => $trigger->getType(),
        '#required' => TRUE,
      ],
    ];
  }

  /**
   * Settings of a content trigger.
   */
  private function content(Trigger $trigger, FormStateInterface $form_state): array {
    $settings = $trigger->getType() === 'content' ? $trigger->getSettings() : Trigger::CONTENT_SETTINGS;
    $entity_type = $form_state->getValue(['settings', 'content', 'entity_type']) ?? $settings['entity_type'];
    $bundles = $this->contentTypes->bundleLabels($entity_type);
    $languages = [];
    foreach ($this->languageManager->getLanguages() as $language) {
      $languages[$language->getId()] = $language->getName();
    }
    return [
      '#type' => 'details',
      '#title' => $this->t('Which changes'),
      '#open' => TRUE,
      '#states' => ['visible' => [':input[name="type"]' => ['value' => 'content']]],
      'entity_type' => [
        '#type' => 'select',
        '#title' => $this->t('Kind of content'),
        '#options' => $this->contentTypes->labels(),
        '#default_value' => $entity_type,
        '#ajax' => ['callback' => '::refreshBundles', 'wrapper' => 'ba-trigger-bundles'],
      ],
      'bundles' => [
        '#type' => 'checkboxes',
        '#title' => $this->t('Types'),
        '#description' => $this->t('None checked: all.'),
        '#options' => $bundles,
        '#default_value' => array_intersect($settings['bundles'], array_keys($bundles)),
        '#prefix' => '<div id="ba-trigger-bundles">',
        '#suffix' => '</div>',
        '#validated' => TRUE,
      ],
      'operations' => [
        '#type' => 'checkboxes',
        '#title' => $this->t('When it is'),
        '#options' => ['insert' => $this->t('added'), 'update' => $this->t('changed'), 'delete' => $this->t('deleted')],
        '#default_value' => $settings['operations'],
      ],
      'revisions' => [
        '#type' => 'radios',
        '#title' => $this->t('Which revisions'),
        '#options' => [
          'published' => $this->t('Published ones only'),
          'any' => $this->t('Any, drafts too'),
          'state_change' => $this->t('Only those that change the moderation state'),
        ],
        '#default_value' => $settings['revisions'],
      ],
      'langcodes' => [
        '#type' => 'checkboxes',
        '#title' => $this->t('Languages'),
        '#description' => $this->t('None checked: all.'),
        '#options' => $languages,
        '#default_value' => array_intersect($settings['langcodes'], array_keys($languages)),
        '#access' => count($languages) > 1,
      ],
      'debounce' => [
        '#type' => 'number',
        '#title' => $this->t('Wait for further changes, in seconds'),
        '#description' => $this->t('Several changes of one item within this time make one run. 0: each change makes a run.'),
        '#default_value' => $trigger->getDebounce(),
        '#min' => 0,
        '#max' => 86400,
      ],
    ];
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
   * The input: a field for each property of the agent's schema.
   */
  private function input(Trigger $trigger, FormStateInterface $form_state): array {
    $agent = Agent::load((string) ($form_state->getValue('agent') ?: $trigger->getAgentId()));
    $input = $trigger->getInput();
    $schema = $agent?->getInputSchema();
    $properties = (array) ($schema->properties ?? []);
    $part = [
      '#type' => 'details',
      '#title' => $this->t('Input of the agent'),
      '#description' => $this->t('Values may hold tokens, such as [node:title] or [node:url]. What the run is about (type, UUID, revision, language) is told to the agent anyway.'),
      '#open' => TRUE,
      '#tree' => TRUE,
      '#weight' => 20,
      '#prefix' => '<div id="ba-trigger-input">',
      '#suffix' => '</div>',
      'properties' => [],
    ];
    foreach ($properties as $name => $property) {
      $part['properties'][$name] = [
        '#type' => 'textarea',
        '#rows' => 2,
        '#title' => (string) ($property->title ?? $name),
        '#description' => ['#plain_text' => (string) ($property->description ?? '')],
        '#default_value' => $input[$name] ?? '',
      ];
    }
    $more = array_diff_key($input, $properties);
    $part['more'] = [
      '#type' => 'textarea',
      '#title' => $properties === [] ? $this->t('Values') : $this->t('More values'),
      '#description' => $this->t('One a line: name, colon, value. Example: %example', ['%example' => 'title: [node:title]']),
      '#default_value' => implode("\n", array_map(static fn (string $name, string $value): string => $name . ': ' . str_replace("\n", ' ', $value), array_keys($more), $more)),
      '#access' => $properties === [] || $more !== [],
    ];
    if ($this->moduleHandler->moduleExists('token')) {
      $part['tokens'] = ['#theme' => 'token_tree_link', '#token_types' => ['node', 'user', 'site']];
    }
    return $part;
  }

  /**
   * Ajax callback: the input of another agent.
   */
  public function refreshInput(array $form, FormStateInterface $form_state): array {
    return $form['input'];
  }

  /**
   * Ajax callback: the bundles of another entity type.
   */
  public function refreshBundles(array $form, FormStateInterface $form_state): array {
    return $form['settings']['content']['bundles'];
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    parent::validateForm($form, $form_state);
    $content = (array) $form_state->getValue(['settings', 'content']);
    if ($form_state->getValue('type') === 'content' && array_filter((array) $content['operations']) === []) {
      $form_state->setError($form['settings']['content']['operations'], $this->t('Check at least one of added, changed and deleted.'));
    }
    foreach ($this->lines($form_state) as $number => $line) {
      if (!preg_match('/^[A-Za-z_][A-Za-z0-9_]*\s*:/', $line)) {
        $form_state->setError($form['input']['more'], $this->t('Line @number of the values is not of the form "name: value": @line', [
          '@number' => $number + 1,
          '@line' => $line,
        ]));
      }
    }
    $trigger = $this->buildEntity($form, $form_state);
    assert($trigger instanceof Trigger);
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
    $settings = (array) $form_state->getValue(['settings', $type === 'cron' ? 'cron' : 'content']);
    if ($entity->isNew()) {
      $entity->set('id', $form_state->getValue('id'));
    }
    $entity->set('label', trim((string) $form_state->getValue('label')));
    $entity->setStatus((bool) $form_state->getValue('status'));
    $entity->set('agent', (string) $form_state->getValue('agent'));
    $entity->set('type', $type);
    $entity->set('debounce', $type === 'content' ? (int) $settings['debounce'] : 0);
    $entity->set('settings', $type === 'cron' ? ['interval' => (int) $settings['interval']] : $this->contentSettings($settings));
    $entity->set('input', $this->readInput($form_state));
  }

  /**
   * Settings of a content trigger, as they are stored.
   */
  private function contentSettings(array $submitted): array {
    $bundles = array_keys($this->contentTypes->bundleLabels((string) $submitted['entity_type']));
    return [
      'entity_type' => (string) $submitted['entity_type'],
      'bundles' => array_values(array_intersect(array_filter((array) $submitted['bundles']), $bundles)),
      'operations' => array_values(array_filter((array) $submitted['operations'])),
      'revisions' => (string) $submitted['revisions'],
      'langcodes' => array_values(array_filter((array) ($submitted['langcodes'] ?? []))),
    ];
  }

  /**
   * The input, by name. Empty values are left out.
   */
  private function readInput(FormStateInterface $form_state): array {
    $input = [];
    foreach ((array) $form_state->getValue(['input', 'properties']) as $name => $value) {
      $input[$name] = trim(str_replace("\r\n", "\n", (string) $value));
    }
    foreach ($this->lines($form_state) as $line) {
      [$name, $value] = explode(':', $line, 2) + ['', ''];
      $input[trim($name)] = trim($value);
    }
    return array_filter($input, static fn (string $value): bool => $value !== '');
  }

  private function lines(FormStateInterface $form_state): array {
    return array_values(array_filter(array_map(trim(...), explode("\n", (string) $form_state->getValue(['input', 'more']))), static fn (string $line): bool => $line !== ''));
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
