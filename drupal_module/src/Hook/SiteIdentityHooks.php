<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\background_agents\Ui\SiteNotice;
use Drupal\Core\Extension\Requirement\RequirementSeverity;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Messenger\MessengerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The status report and the settings page: which site this is.
 *
 * @internal
 */
final class SiteIdentityHooks {

  use StringTranslationTrait;

  public function __construct(
    private readonly SiteIdentity $identity,
    private readonly SiteNotice $notice,
    private readonly MessengerInterface $messenger,
  ) {}

  /**
   * Implements hook_runtime_requirements().
   */
  #[Hook('runtime_requirements')]
  public function runtime(): array {
    return ['background_agents_site' => ['title' => $this->t('Background agents: this site')] + $this->entry()];
  }

  /**
   * Implements hook_form_FORM_ID_alter().
   */
  #[Hook('form_background_agents_settings_alter')]
  public function settingsForm(array &$form): void {
    $notice = $this->notice->text();
    if ($notice !== NULL) {
      $this->messenger->addError($notice);
    }
    $form['connection']['base_url'] = [
      '#type' => 'item',
      '#title' => $this->t('Base URL of the site'),
      '#plain_text' => $this->identity->baseUrl() === '' ? $this->t('None is set') : $this->identity->baseUrl(),
      '#description' => $this->t("Tells this site from its copies. It is set in settings.php only: \$settings['background_agents']['base_url']."),
    ];
  }

  private function entry(): array {
    $wrong = $this->identity->whatIsWrong();
    $notice = $this->notice->text();
    return match (TRUE) {
      $wrong !== NULL => [
        'value' => $this->t('Not usable'),
        'severity' => RequirementSeverity::Error,
        'description' => $this->t('@text', ['@text' => $wrong]),
      ],
      $notice !== NULL => [
        'value' => $this->t('Another site answers to this sidecar'),
        'severity' => RequirementSeverity::Error,
        'description' => $notice,
      ],
      $this->identity->isOff() => [
        'value' => $this->t('Agents are off here'),
        'severity' => RequirementSeverity::Info,
        'description' => $this->t('By settings.php, as on copies of a site. Nothing is started, and nothing is sent to a sidecar.'),
      ],
      $this->identity->baseUrl() === '' => [
        'value' => $this->t('@id, without a base URL', ['@id' => $this->identity->id()]),
        'severity' => RequirementSeverity::Warning,
        'description' => $this->t("A copy of this site cannot be told from it: both would command the same runs. Set \$settings<wbr>['background_agents']<wbr>['base_url'] in settings.php to the address of the site, on each copy to its own."),
      ],
      default => [
        'value' => $this->t('@id at @url', ['@id' => $this->identity->id(), '@url' => $this->identity->baseUrl()]),
        'severity' => RequirementSeverity::OK,
      ],
    };
  }

}
