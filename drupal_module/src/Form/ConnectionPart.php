<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\Core\Database\Connection;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The part of the settings that says how this site and the sidecar talk.
 *
 * @internal
 */
final class ConnectionPart {

  use StringTranslationTrait;

  public function __construct(
    private readonly SiteSecrets $secrets,
    private readonly Connection $database,
  ) {}

  /**
   * Id, transport and address; whether there is a secret.
   */
  public function build(string $site): array {
    return [
      '#type' => 'details',
      '#title' => $this->t('Connection to the sidecar'),
      '#open' => TRUE,
      'secret' => $this->secretStatus(),
      'site_id' => [
        '#type' => 'textfield',
        '#title' => $this->t('Id of this site'),
        '#description' => $this->t('As in the settings of the sidecar. One sidecar can serve many sites.'),
        '#default_value' => $site,
        '#config_target' => SettingsForm::NAME . ':site_id',
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
        '#config_target' => SettingsForm::NAME . ':transport',
        'push' => ['#description' => $this->t('Needs: the URL of the sidecar below, reachable from this web server. Works with every database.')],
        'mysql' => ['#description' => $this->mysqlNeeds()],
        'http' => ['#description' => $this->t('Needs: this site reachable from the sidecar. For sites behind a firewall that lets nothing out, and for PostgreSQL and SQLite. A job waits for the next question of the sidecar.')],
      ],
      'sidecar_url' => [
        '#type' => 'url',
        '#title' => $this->t('URL of the sidecar'),
        '#description' => $this->t('Such as %example. With the other transports it is only used to tell the sidecar at once that a run was cancelled or that all agents were stopped; it may be empty.', ['%example' => 'http://127.0.0.1:8085']),
        '#config_target' => SettingsForm::NAME . ':sidecar_url',
        '#states' => ['required' => [':input[name="connection[transport]"]' => ['value' => 'push']]],
      ],
    ];
  }

  /**
   * Whether the sidecar can take jobs from this database.
   */
  public function mayBeMysql(): bool {
    return $this->database->driver() === 'mysql';
  }

  /**
   * What the mysql transport needs, and whether this database will do.
   */
  private function mysqlNeeds(): mixed {
    if (!$this->mayBeMysql()) {
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

}
