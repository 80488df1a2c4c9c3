<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\background_agents\Ui\IntakeNotice;
use Drupal\background_agents\Ui\OutboxHealth;
use Drupal\background_agents\Ui\Requirement;
use Drupal\background_agents\Ui\SidecarHealth;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Extension\Requirement\RequirementSeverity;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * The status report: whether jobs get to a sidecar.
 *
 * @internal
 */
final class SidecarRequirementsHooks {

  use StringTranslationTrait;

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly SiteSecrets $secrets,
    private readonly SignedRequests $signed,
    private readonly SidecarHealth $sidecar,
    private readonly OutboxHealth $outbox,
    private readonly IntakeNotice $intakeNotice,
  ) {}

  /**
   * Implements hook_runtime_requirements().
   */
  #[Hook('runtime_requirements')]
  public function runtime(): array {
    return Requirement::prefixed([
      'secret' => $this->secret(),
      'sidecar' => $this->sidecar(),
      'outbox' => $this->outbox(),
    ]);
  }

  /**
   * Whether a secret is set and long enough.
   */
  private function secret(): array {
    $wrong = $this->secrets->whatIsWrong();
    $title = $this->t('Background agents: secret');
    if ($wrong !== NULL) {
      return Requirement::entry($title, $this->t('Not usable'), RequirementSeverity::Error, $this->t('@text', ['@text' => $wrong]));
    }
    $count = count($this->secrets->all());
    return Requirement::entry($title, $this->formatPlural($count, 'Set', 'Set, @count are valid'), RequirementSeverity::OK, $count > 1 ? $this->t('Two secrets are meant for the time of a change. Take the old one away when the sidecar has the new one.') : NULL);
  }

  /**
   * Whether the sidecar can be reached, or was heard of.
   */
  private function sidecar(): array {
    $config = $this->configFactory->get('background_agents.settings');
    $title = $this->t('Background agents: sidecar');
    $settings = [':url' => Url::fromRoute('background_agents.settings')->toString()];
    if ($config->get('transport') !== 'push') {
      return $this->lastContact($title);
    }
    $url = rtrim((string) $config->get('sidecar_url'), '/');
    if ($url === '') {
      return Requirement::entry($title, $this->t('No URL'), RequirementSeverity::Error, $this->t('Give the URL of the sidecar in the <a href=":url">settings</a>, or choose another way for jobs to reach it.', $settings));
    }
    $problem = $this->sidecar->problem($url);
    $notice = $this->secrets->whatIsWrong() === NULL ? $this->intakeNotice->text() : NULL;
    if ($problem === NULL && $notice !== NULL) {
      return Requirement::entry($title, $this->t('Answers, but does not take jobs'), RequirementSeverity::Error, $notice);
    }
    if ($problem === NULL) {
      return Requirement::entry($title, $this->t('Answers at @url', ['@url' => $url]), RequirementSeverity::OK);
    }
    return Requirement::entry($title, $this->t('Cannot be used'), RequirementSeverity::Error, $this->t('@problem Runs that are started now wait until it answers; none is lost. Its address is in the <a href=":url">settings</a>.', ['@problem' => $problem] + $settings));
  }

  /**
   * Transports by which the sidecar comes to us: when was it here?
   */
  private function lastContact(mixed $title): array {
    $seconds = $this->sidecar->secondsSinceContact();
    if ($this->signed->lastRefusal() !== NULL) {
      return Requirement::entry($title, $this->t('Refused'), RequirementSeverity::Error, $this->intakeNotice->text());
    }
    if ($seconds === NULL) {
      return Requirement::entry($title, $this->t('Never heard of'), RequirementSeverity::Warning, $this->t('The sidecar has not asked for anything yet. Start it with the secret, the id and the URL of this site; its command "sidecar doctor" says what is missing.'));
    }
    $ago = $this->sidecar->ago($seconds);
    return $seconds > 900 && $this->outbox->waiting() > 0
      ? Requirement::entry($title, $this->t('Last heard of @ago ago', ['@ago' => $ago]), RequirementSeverity::Error, $this->t('Runs wait, but the sidecar does not fetch them. Start it, or look into its log; its command "sidecar doctor" says what is wrong.'))
      : Requirement::entry($title, $this->t('Last heard of @ago ago', ['@ago' => $ago]), RequirementSeverity::OK);
  }

  /**
   * Jobs that nobody takes.
   */
  private function outbox(): array {
    $waiting = $this->outbox->waiting();
    $oldest = $this->outbox->oldestSeconds();
    $title = $this->t('Background agents: jobs');
    if ($waiting === 0) {
      return Requirement::entry($title, $this->t('None waits to be taken'), RequirementSeverity::OK);
    }
    $value = $this->formatPlural($waiting, 'One waits to be taken, for @time', '@count wait to be taken, the oldest for @time', ['@time' => $this->sidecar->ago($oldest)]);
    if ($oldest < 300) {
      return Requirement::entry($title, $value, RequirementSeverity::OK);
    }
    return Requirement::entry($title, $value, $oldest < 3600 ? RequirementSeverity::Warning : RequirementSeverity::Error, $this->t('No sidecar takes them. Look whether it runs and can reach this site. Nothing is lost: they are taken when it is there again.'));
  }

}
