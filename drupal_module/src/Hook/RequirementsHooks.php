<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\background_agents\StopSwitch;
use Drupal\background_agents\Ui\IntakeNotice;
use Drupal\background_agents\Ui\OutboxHealth;
use Drupal\background_agents\Ui\SidecarHealth;
use Drupal\background_agents\Ui\StopNotice;
use Drupal\background_agents\Ui\WaitingNotice;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Extension\Requirement\RequirementSeverity;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Site\Settings;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * The status report: what is wrong, and what to do about it.
 *
 * @internal
 */
final class RequirementsHooks {

  use StringTranslationTrait;

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly Settings $settings,
    private readonly SiteSecrets $secrets,
    private readonly SignedRequests $signed,
    private readonly StopSwitch $stopSwitch,
    private readonly StopNotice $stopNotice,
    private readonly AgentAccounts $accounts,
    private readonly SidecarHealth $sidecar,
    private readonly OutboxHealth $outbox,
    private readonly IntakeNotice $intakeNotice,
    private readonly WaitingNotice $waitingNotice,
  ) {}

  /**
   * Implements hook_runtime_requirements().
   */
  #[Hook('runtime_requirements')]
  public function runtime(): array {
    $requirements = [
      'secret' => $this->secret(),
      'sidecar' => $this->sidecar(),
      'outbox' => $this->outbox(),
      'waiting' => $this->waiting(),
      'agents' => $this->agents(),
      'stopped' => $this->stopped(),
      'private_files' => $this->privateFiles(),
      'jsonapi' => $this->jsonapi(),
    ];
    $prefixed = [];
    foreach (array_filter($requirements) as $key => $requirement) {
      $prefixed['background_agents_' . $key] = $requirement;
    }
    return $prefixed;
  }

  private function entry(mixed $title, mixed $value, RequirementSeverity $severity, mixed $description = NULL): array {
    return array_filter(['title' => $title, 'value' => $value, 'severity' => $severity, 'description' => $description], static fn (mixed $part): bool => $part !== NULL);
  }

  /**
   * Whether a secret is set and long enough.
   */
  private function secret(): array {
    $wrong = $this->secrets->whatIsWrong();
    $title = $this->t('Background agents: secret');
    if ($wrong !== NULL) {
      return $this->entry($title, $this->t('Not usable'), RequirementSeverity::Error, $this->t('@text', ['@text' => $wrong]));
    }
    $count = count($this->secrets->all());
    return $this->entry($title, $this->formatPlural($count, 'Set', 'Set, @count are valid'), RequirementSeverity::OK, $count > 1 ? $this->t('Two secrets are meant for the time of a change. Take the old one away when the sidecar has the new one.') : NULL);
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
      return $this->entry($title, $this->t('No URL'), RequirementSeverity::Error, $this->t('Give the URL of the sidecar in the <a href=":url">settings</a>, or choose another way for jobs to reach it.', $settings));
    }
    $problem = $this->sidecar->problem($url);
    $notice = $this->secrets->whatIsWrong() === NULL ? $this->intakeNotice->text() : NULL;
    if ($problem === NULL && $notice !== NULL) {
      return $this->entry($title, $this->t('Answers, but does not take jobs'), RequirementSeverity::Error, $notice);
    }
    if ($problem === NULL) {
      return $this->entry($title, $this->t('Answers at @url', ['@url' => $url]), RequirementSeverity::OK);
    }
    return $this->entry($title, $this->t('Cannot be used'), RequirementSeverity::Error, $this->t('@problem Runs that are started now wait until it answers; none is lost. Its address is in the <a href=":url">settings</a>.', ['@problem' => $problem] + $settings));
  }

  /**
   * Transports by which the sidecar comes to us: when was it here?
   */
  private function lastContact(mixed $title): array {
    $seconds = $this->sidecar->secondsSinceContact();
    if ($this->signed->lastRefusal() !== NULL) {
      return $this->entry($title, $this->t('Refused'), RequirementSeverity::Error, $this->intakeNotice->text());
    }
    if ($seconds === NULL) {
      return $this->entry($title, $this->t('Never heard of'), RequirementSeverity::Warning, $this->t('The sidecar has not asked for anything yet. Start it with the secret, the id and the URL of this site; its command "sidecar doctor" says what is missing.'));
    }
    $ago = $this->sidecar->ago($seconds);
    return $seconds > 900 && $this->outbox->waiting() > 0
      ? $this->entry($title, $this->t('Last heard of @ago ago', ['@ago' => $ago]), RequirementSeverity::Error, $this->t('Runs wait, but the sidecar does not fetch them. Start it, or look into its log; its command "sidecar doctor" says what is wrong.'))
      : $this->entry($title, $this->t('Last heard of @ago ago', ['@ago' => $ago]), RequirementSeverity::OK);
  }

  /**
   * Jobs that nobody takes.
   */
  private function outbox(): array {
    $waiting = $this->outbox->waiting();
    $oldest = $this->outbox->oldestSeconds();
    $title = $this->t('Background agents: jobs');
    if ($waiting === 0) {
      return $this->entry($title, $this->t('None waits to be taken'), RequirementSeverity::OK);
    }
    $value = $this->formatPlural($waiting, 'One waits to be taken, for @time', '@count wait to be taken, the oldest for @time', ['@time' => $this->sidecar->ago($oldest)]);
    if ($oldest < 300) {
      return $this->entry($title, $value, RequirementSeverity::OK);
    }
    return $this->entry($title, $value, $oldest < 3600 ? RequirementSeverity::Warning : RequirementSeverity::Error, $this->t('No sidecar takes them. Look whether it runs and can reach this site. Nothing is lost: they are taken when it is there again.'));
  }

  /**
   * Runs that wait for a person.
   */
  private function waiting(): array {
    $title = $this->t('Background agents: questions');
    $count = $this->waitingNotice->count();
    return $count === 0
      ? $this->entry($title, $this->t('No run waits for an answer'), RequirementSeverity::OK)
      : $this->entry($title, $this->formatPlural($count, 'One run waits', '@count runs wait'), RequirementSeverity::Warning, $this->waitingNotice->sentence($count));
  }

  /**
   * Whether the agents' accounts can do what their agents need.
   */
  private function agents(): array {
    $title = $this->t('Background agents: accounts');
    $agents = $this->entityTypeManager->getStorage('background_agents_agent')->loadByProperties(['status' => TRUE]);
    $items = [];
    foreach ($agents as $agent) {
      assert($agent instanceof Agent);
      foreach ($this->accounts->validate($agent) as $problem) {
        $items[] = $this->t('<a href=":url">@label</a>: @problem', [
          ':url' => $agent->toUrl('edit-form')->toString(),
          '@label' => $agent->label(),
          '@problem' => $problem,
        ]);
      }
    }
    if ($items === []) {
      return $this->entry($title, $this->formatPlural(count($agents), 'One active agent, nothing is missing', '@count active agents, nothing is missing'), RequirementSeverity::OK);
    }
    return $this->entry($title, $this->t('Something is missing'), RequirementSeverity::Warning, [
      '#theme' => 'item_list',
      '#items' => $items,
    ]);
  }

  /**
   * Whether all agents are stopped.
   */
  private function stopped(): ?array {
    if (!$this->stopSwitch->isStopped()) {
      return NULL;
    }
    return $this->entry($this->t('Background agents'), $this->t('Stopped'), RequirementSeverity::Warning, $this->t('@who <a href=":url">Let agents run again</a>.', [
      '@who' => $this->stopNotice->sentence(),
      ':url' => Url::fromRoute('background_agents.start')->toString(),
    ]));
  }

  /**
   * Files of agents need a private place until they are accepted.
   */
  private function privateFiles(): array {
    $path = (string) $this->settings->get('file_private_path', '');
    $title = $this->t('Background agents: files');
    return $path === ''
      ? $this->entry($title, $this->t('No private file path'), RequirementSeverity::Info, $this->t("Agents cannot leave files: until an editor accepts them they have to be private. Set \$settings['file_private_path'] in settings.php."))
      : $this->entry($title, $this->t('A private file path is set'), RequirementSeverity::OK);
  }

  /**
   * JSON:API is used for reading only, so read-only is right.
   */
  private function jsonapi(): array {
    $read_only = (bool) $this->configFactory->get('jsonapi.settings')->get('read_only');
    $title = $this->t('Background agents: JSON:API');
    return $read_only
      ? $this->entry($title, $this->t('Read-only'), RequirementSeverity::OK, $this->t('That is enough: agents read by it, and write drafts by an endpoint of their own.'))
      : $this->entry($title, $this->t('Writable'), RequirementSeverity::Info, $this->t('Agents do not need that: they write drafts by an endpoint of their own. What an agent account writes by JSON:API is held to the same rules. Unless something else needs it, <a href=":url">make it read-only</a>.', [':url' => Url::fromRoute('jsonapi.settings')->toString()]));
  }

}
