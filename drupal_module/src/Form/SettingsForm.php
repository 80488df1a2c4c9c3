<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Contract\Numbers;
use Drupal\background_agents\Ui\Limits;
use Drupal\background_agents\Ui\StopNotice;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Config\TypedConfigManagerInterface;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\ConfigFormBase;
use Drupal\Core\Form\FormStateInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Settings of Background Agents.
 *
 * @internal
 */
final class SettingsForm extends ConfigFormBase {

  // Here, not only in the parent: it has to see private properties.
  use DependencySerializationTrait;

  public const string NAME = 'background_agents.settings';

  /**
   * As in the schema of the configuration: a hundred years.
   */
  private const int MAX_DAYS = 36500;

  public function __construct(
    ConfigFactoryInterface $config_factory,
    TypedConfigManagerInterface $typed_config,
    private readonly StopNotice $stopNotice,
    private readonly Limits $limits,
    private readonly ConnectionPart $connection,
    private readonly NoticePart $notice,
    private readonly KeysPart $keys,
  ) {
    parent::__construct($config_factory, $typed_config);
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container): static {
    return new self(
      $container->get('config.factory'),
      $container->get('config.typed'),
      $container->get(StopNotice::class),
      $container->get(Limits::class),
      $container->get(ConnectionPart::class),
      $container->get(NoticePart::class),
      $container->get(KeysPart::class),
    );
  }

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_settings';
  }

  /**
   * {@inheritdoc}
   */
  protected function getEditableConfigNames(): array {
    return [self::NAME];
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state): array {
    $form['#attached']['library'][] = 'background_agents/admin';
    $form['#tree'] = TRUE;
    $form['stop'] = $this->stopNotice->build() + ['#weight' => -100];
    $form['connection'] = $this->connection->build((string) $this->setting('site_id'));
    $form['keys'] = $this->keys->build();
    $form['limits'] = [
      '#type' => 'details',
      '#title' => $this->t('Limits'),
      '#description' => $this->t('They hold where an agent has none of its own.'),
    ] + $this->limits->elements((array) $this->setting('limits'));
    $form['queue'] = $this->numbers($this->t('Queue'), 'queue', [
      'runs_per_minute' => [
        $this->t('Runs a minute from one trigger'),
        $this->t('More of them become one run with the list of items.'),
      ],
      'open_runs' => [$this->t('Unfinished runs at the same time'), $this->t('Above it, new ones are refused.')],
      'expire_days' => [$this->t('Days after which an unfinished run expires'), ''],
    ]);
    $form['retention'] = $this->numbers($this->t('Retention'), 'retention', [
      'payload_days' => [
        $this->t('Days to keep large values'),
        $this->t('Prompts, long answers and results of ended runs.'),
      ],
      'event_days' => [$this->t('Days to keep timelines'), ''],
      'retry_days' => [
        $this->t('Days in which a run can be retried from a step'),
        $this->t('How long the answers and results of its steps are kept after its end, compressed. After that time it can be retried from the beginning alone.'),
      ],
      'run_days' => [$this->t('Days to keep runs'), ''],
      'audit_days' => [
        $this->t('Days to keep decisions of people'),
        $this->t('Who cancelled, paused, answered or retried a run, or stopped all agents, when and why. They stay when their runs are deleted.'),
      ],
      'notice_days' => [$this->t('Days to keep notices of people'), ''],
    ]);
    $form['notice'] = $this->notice->build();
    $form['guard'] = $this->guard();
    return parent::buildForm($form, $form_state);
  }

  /**
   * A group of numbers.
   */
  private function numbers(mixed $title, string $group, array $fields): array {
    $element = ['#type' => 'details', '#title' => $title];
    foreach ($fields as $key => [$label, $description]) {
      $element[$key] = [
        '#type' => 'number',
        '#title' => $label,
        '#description' => $description,
        '#min' => 1,
        '#max' => str_ends_with($key, '_days') ? self::MAX_DAYS : Numbers::MAX_COUNTER,
        '#required' => TRUE,
        '#config_target' => self::NAME . ":$group.$key",
      ];
    }
    return $element;
  }

  /**
   * What agent accounts may do.
   */
  private function guard(): array {
    return [
      '#type' => 'details',
      '#title' => $this->t('Agent accounts'),
      'token_only' => [
        '#type' => 'checkbox',
        '#title' => $this->t('Agent accounts have permissions only while a run acts for them'),
        '#description' => $this->t('Any other request of such an account (a login, a key) has no permission at all. Leave this on.'),
        '#config_target' => self::NAME . ':guard.token_only',
      ],
      'least_of_both' => [
        '#type' => 'checkbox',
        '#title' => $this->t('A run may never do what the person who asked for it may not'),
        '#description' => $this->t('Leave this on, unless an agent has to do for people what they may not do themselves.'),
        '#config_target' => self::NAME . ':guard.least_of_both',
      ],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function validateForm(array &$form, FormStateInterface $form_state): void {
    $transport = $form_state->getValue(['connection', 'transport']);
    if ($transport === 'push' && trim((string) $form_state->getValue(['connection', 'sidecar_url'])) === '') {
      $form_state->setError($form['connection']['sidecar_url'], $this->t('Drupal can only send jobs when the URL of the sidecar is given.'));
    }
    if ($transport === 'mysql' && !$this->connection->mayBeMysql()) {
      $form_state->setError($form['connection']['transport'], $this->t('The sidecar cannot take jobs from this database. Choose another way.'));
    }
    $this->notice->validate($form['notice'], $form_state);
    parent::validateForm($form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $this->config(self::NAME)->set('limits', $this->limits->values((array) $form_state->getValue('limits')))->save();
    $this->keys->save($form_state);
    parent::submitForm($form, $form_state);
  }

  private function setting(string $key): mixed {
    return $this->configFactory()->get(self::NAME)->get($key);
  }

}
