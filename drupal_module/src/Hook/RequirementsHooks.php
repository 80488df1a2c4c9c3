<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\StopSwitch;
use Drupal\background_agents\Ui\Requirement;
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
    private readonly StopSwitch $stopSwitch,
    private readonly StopNotice $stopNotice,
    private readonly AgentAccounts $accounts,
    private readonly WaitingNotice $waitingNotice,
  ) {}

  /**
   * Implements hook_runtime_requirements().
   */
  #[Hook('runtime_requirements')]
  public function runtime(): array {
    return Requirement::prefixed([
      'waiting' => $this->waiting(),
      'agents' => $this->agents(),
      'stopped' => $this->stopped(),
      'private_files' => $this->privateFiles(),
      'jsonapi' => $this->jsonapi(),
    ]);
  }

  /**
   * Runs that wait for a person.
   */
  private function waiting(): array {
    $title = $this->t('Background agents: questions');
    $count = $this->waitingNotice->count();
    return $count === 0
      ? Requirement::entry($title, $this->t('No run waits for an answer'), RequirementSeverity::OK)
      : Requirement::entry($title, $this->formatPlural($count, 'One run waits', '@count runs wait'), RequirementSeverity::Warning, $this->waitingNotice->sentence($count));
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
      return Requirement::entry($title, $this->formatPlural(count($agents), 'One active agent, nothing is missing', '@count active agents, nothing is missing'), RequirementSeverity::OK);
    }
    return Requirement::entry($title, $this->t('Something is missing'), RequirementSeverity::Warning, [
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
    return Requirement::entry($this->t('Background agents'), $this->t('Stopped'), RequirementSeverity::Warning, $this->t('@who <a href=":url">Let agents run again</a>.', [
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
      ? Requirement::entry($title, $this->t('No private file path'), RequirementSeverity::Info, $this->t("Agents cannot leave files: until an editor accepts them they have to be private. Set \$settings['file_private_path'] in settings.php."))
      : Requirement::entry($title, $this->t('A private file path is set'), RequirementSeverity::OK);
  }

  /**
   * JSON:API is used for reading only, so read-only is right.
   */
  private function jsonapi(): array {
    $read_only = (bool) $this->configFactory->get('jsonapi.settings')->get('read_only');
    $title = $this->t('Background agents: JSON:API');
    return $read_only
      ? Requirement::entry($title, $this->t('Read-only'), RequirementSeverity::OK, $this->t('That is enough: agents read by it, and write drafts by an endpoint of their own.'))
      : Requirement::entry($title, $this->t('Writable'), RequirementSeverity::Info, $this->t('Agents do not need that: they write drafts by an endpoint of their own. What an agent account writes by JSON:API is held to the same rules. Unless something else needs it, <a href=":url">make it read-only</a>.', [':url' => Url::fromRoute('jsonapi.settings')->toString()]));
  }

}
