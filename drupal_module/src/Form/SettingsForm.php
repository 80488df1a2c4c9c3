<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Contract\Numbers;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\background_agents\StopSwitch;
use Drupal\background_agents\Ui\Limits;
use Drupal\background_agents\Ui\StopNotice;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Config\TypedConfigManagerInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\DependencyInjection\DependencySerializationTrait;
use Drupal\Core\Form\ConfigFormBase;
use Drupal\Core\Form\ConfigTarget;
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

  private const string NAME = 'background_agents.settings';

  /**
   * As in the schema of the configuration: a hundred years.
   */
  private const int MAX_DAYS = 36500;

  public function __construct(
    ConfigFactoryInterface $config_factory,
    TypedConfigManagerInterface $typed_config,
    private readonly SiteSecrets $secrets,
    private readonly StopSwitch $stopSwitch,
    private readonly StopNotice $stopNotice,
    private readonly Limits $limits,
    private readonly Connection $database,
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
      $container->get(SiteSecrets::class),
      $container->get(StopSwitch::class),
      $container->get(StopNotice::class),
      $container->get(Limits::class),
      $container->get('database'),
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
    $form['connection'] = $this->connection();
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
        $this->t('So long the answers and results of its steps are kept after its end, compressed. Later, it is retried from the beginning.'),
      ],
      'run_days' => [$this->t('Days to keep runs'), ''],
      'audit_days' => [
        $this->t('Days to keep decisions of people'),
        $this->t('Who cancelled, paused, answered or retried a run, or stopped all agents, when and why. They stay when their runs are deleted.'),
      ],
    ]);
    $form['notice'] = $this->notice();
    $form['guard'] = $this->guard();
    return parent::buildForm($form, $form_state);
  }

  /**
   * How this site and the sidecar talk.
   */
  private function connection(): array {
    return [
      '#type' => 'details',
      '#title' => $this->t('Connection to the sidecar'),
      '#open' => TRUE,
      'secret' => $this->secretStatus(),
      'site_id' => [
        '#type' => 'textfield',
        '#title' => $this->t('Id of this site'),
        '#description' => $this->t('As in the settings of the sidecar. One sidecar can serve many sites.'),
        '#default_value' => $this->setting('site_id'),
        '#config_target' => self::NAME . ':site_id',
        '#required' => TRUE,
        '#size' => 30,
      ],
      'transport' => [
        '#type' => 'radios',
        '#title' => $this->t('How jobs reach the sidecar'),
        '#options' => [
          'push' => $this->t('Drupal sends them'),
          'mysql' => $this->t('The sidecar takes them from the database'),
          'http' => $this->t('The sidecar asks for them'),
        ],
        '#config_target' => self::NAME . ':transport',
        'push' => ['#description' => $this->t('Needs: the URL of the sidecar below, reachable from this web server. Works with every database.')],
        'mysql' => ['#description' => $this->mysqlNeeds()],
        'http' => ['#description' => $this->t('Needs: this site reachable from the sidecar. For sites behind a firewall that lets nothing out, and for PostgreSQL and SQLite. A job waits for the next question of the sidecar.')],
      ],
      'sidecar_url' => [
        '#type' => 'url',
        '#title' => $this->t('URL of the sidecar'),
        '#description' => $this->t('Such as %example. With the other transports it is only used to tell the sidecar at once that a run was cancelled or that all agents were stopped; it may be empty.', ['%example' => 'http://127.0.0.1:8085']),
        '#config_target' => self::NAME . ':sidecar_url',
        '#states' => ['required' => [':input[name="connection[transport]"]' => ['value' => 'push']]],
      ],
    ];
  }

  /**
   * What the mysql transport needs, and whether this database will do.
   */
  private function mysqlNeeds(): mixed {
    if ($this->database->driver() !== 'mysql') {
      return $this->t('Not possible here: this site uses @driver. It needs MariaDB 10.6 or MySQL 8.', ['@driver' => $this->database->databaseType()]);
    }
    return $this->t('Needs: MariaDB 10.6 or MySQL 8 (here: @version), reachable from the sidecar, and a database account that may SELECT and UPDATE the table @table and nothing else. The fastest way.', [
      '@version' => $this->database->version(),
      '@table' => $this->database->getPrefix() . 'background_agents_outbox',
    ]);
  }

  /**
   * Whether a secret is set. The secret itself is never shown.
   */
  private function secretStatus(): array {
    $wrong = $this->secrets->whatIsWrong();
    $count = $wrong === NULL ? count($this->secrets->all()) : 0;
    return [
      '#type' => 'item',
      '#title' => $this->t('Secret shared with the sidecar'),
      'state' => [
        '#type' => 'html_tag',
        '#tag' => 'p',
        'badge' => [
          '#type' => 'html_tag',
          '#tag' => 'span',
          '#attributes' => ['class' => ['ba-badge', $wrong === NULL ? 'ba-badge--ok' : 'ba-badge--error']],
          '#value' => $wrong === NULL ? $this->formatPlural($count, 'Set', '@count are set') : $this->t('Not usable'),
        ],
        'text' => ['#markup' => ' ' . ($wrong === NULL ? ($count > 1 ? $this->t('The first one signs, all are accepted.') : '') : $this->t('@problem', ['@problem' => $wrong]))],
      ],
      'how' => [
        '#type' => 'details',
        '#title' => $this->t('How to set it'),
        '#open' => $wrong !== NULL,
        'text' => ['#markup' => '<p>' . $this->t('It is kept in settings.php or in the environment, never in configuration, and never shown. Make one with the first line, put it into settings.php as in the second, and give the sidecar the same one.') . '</p>'],
        'example' => [
          '#type' => 'html_tag',
          '#tag' => 'pre',
          '#value' => "echo \"whsec_\$(openssl rand -base64 32)\"\n\$settings['background_agents']['secrets'] = ['whsec_...'];",
        ],
      ],
    ];
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
   * Who is told when a run waits for a person.
   */
  private function notice(): array {
    $target = static fn (string $key): string => self::NAME . ":notice.$key";
    $site = (string) $this->configFactory()->get('system.site')->get('mail');
    return [
      '#type' => 'details',
      '#title' => $this->t('When a run waits for a person'),
      '#description' => $this->t('A run may need an answer: whether something was done, or whether it may use more than its limit. It waits for days, and expires when nobody answers. A mail is sent once for each question; it has the question and a link, not what the agent was working on.'),
      'to' => [
        '#type' => 'radios',
        '#title' => $this->t('Who gets a mail'),
        '#options' => [
          'nobody' => $this->t('Nobody'),
          'site' => $this->t('The address of this site'),
          'addresses' => $this->t('These addresses'),
        ],
        '#config_target' => $target('to'),
        'site' => ['#description' => $site === '' ? $this->t('This site has no address.') : $this->t('@mail', ['@mail' => $site])],
      ],
      'addresses' => [
        '#type' => 'textarea',
        '#title' => $this->t('Addresses'),
        '#description' => $this->t('One in each line.'),
        '#rows' => 3,
        '#config_target' => new ConfigTarget(self::NAME, 'notice.addresses', self::class . '::lines', self::class . '::addresses'),
        '#states' => ['visible' => [':input[name="notice[to]"]' => ['value' => 'addresses']]],
      ],
      'requester' => [
        '#type' => 'checkbox',
        '#title' => $this->t('Also the person who asked for the run, if that person may answer'),
        '#config_target' => $target('requester'),
      ],
      'base_url' => [
        '#type' => 'url',
        '#title' => $this->t('Address of this site in mails'),
        '#description' => $this->t('Such as %example. Needed when the sidecar or cron reaches this site under another address than people do. Empty: the address of the request.', ['%example' => 'https://www.example.com']),
        '#config_target' => $target('base_url'),
      ],
    ];
  }

  /**
   * Addresses as text, for the form.
   */
  public static function lines(?array $addresses): string {
    return implode("\n", $addresses ?? []);
  }

  /**
   * Text as addresses, for the configuration.
   *
   * @return string[]
   */
  public static function addresses(string $text): array {
    return preg_split('/[\s,;]+/', $text, -1, PREG_SPLIT_NO_EMPTY);
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
    if ($transport === 'mysql' && $this->database->driver() !== 'mysql') {
      $form_state->setError($form['connection']['transport'], $this->t('The sidecar cannot take jobs from this database. Choose another way.'));
    }
    if ($form_state->getValue(['notice', 'to']) === 'addresses' && self::addresses((string) $form_state->getValue([
      'notice',
      'addresses',
    ])) === []) {
      $form_state->setError($form['notice']['addresses'], $this->t('Give at least one address.'));
    }
    parent::validateForm($form, $form_state);
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $this->config(self::NAME)->set('limits', $this->limits->values((array) $form_state->getValue('limits')))->save();
    parent::submitForm($form, $form_state);
  }

  private function setting(string $key): mixed {
    return $this->configFactory()->get(self::NAME)->get($key);
  }

}
