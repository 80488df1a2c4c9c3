<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Sidecar\Contact;
use Drupal\background_agents\Sidecar\ContactLog;
use Drupal\background_agents\Ui\OutboxHealth;
use Drupal\background_agents\Ui\SidecarHealth;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Extension\Requirement\RequirementSeverity;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * The status report: when the sidecar sent events, and what it was answered.
 *
 * @internal
 */
final class SidecarReportHooks {

  use StringTranslationTrait;

  /**
   * A sidecar that runs reports once a minute at least; seconds.
   */
  private const int SILENT = 300;

  public function __construct(
    private readonly ContactLog $contacts,
    private readonly SidecarHealth $health,
    private readonly OutboxHealth $outbox,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Implements hook_runtime_requirements().
   */
  #[Hook('runtime_requirements')]
  public function runtime(): array {
    $contact = $this->contacts->of(ContactLog::EVENTS);
    $entry = match (TRUE) {
      $contact->refusedSince !== NULL => $this->refused($contact),
      $contact->taken === NULL => ['value' => $this->t('None yet'), 'severity' => RequirementSeverity::Info],
      default => $this->taken($contact->taken),
    };
    return ['background_agents_reports' => ['title' => $this->t('Background agents: reports of the sidecar')] + $entry];
  }

  private function refused(Contact $contact): array {
    return [
      'value' => $this->t('Refused for @time', ['@time' => $this->ago($contact->refusedSince)]),
      'severity' => RequirementSeverity::Error,
      'description' => $this->t('The sidecar sends events of runs, and this site answers with the status @status @code. @detail The runs stay as they are until it takes them; nothing is lost. The command "sidecar doctor" says more. The last ones were taken @taken.', [
        '@status' => $contact->status,
        '@code' => $contact->code === '' ? '' : "($contact->code)",
        '@detail' => $contact->detail,
        '@taken' => $contact->taken === NULL ? $this->t('never') : $this->t('@time ago', ['@time' => $this->ago($contact->taken)]),
      ]),
    ];
  }

  private function taken(int $time): array {
    $value = $this->t('The last ones were taken @time ago', ['@time' => $this->ago($time)]);
    if ($this->time->getCurrentTime() - $time <= self::SILENT || $this->outbox->unfinished() === 0) {
      return [
        'value' => $value,
        'severity' => RequirementSeverity::OK,
        'description' => $this->t('<a href=":url">Workers</a> says where its processes are, and how busy.', [
          ':url' => Url::fromRoute('background_agents.workers')->toString(),
        ]),
      ];
    }
    return [
      'value' => $value,
      'severity' => RequirementSeverity::Error,
      'description' => $this->t('There are runs that have not ended, but no sidecar reports. Look whether it runs and can reach this site; its command "sidecar doctor" says what is wrong. Nothing is lost: it goes on when it is there again.'),
    ];
  }

  private function ago(int $time): string {
    return $this->health->ago($this->time->getCurrentTime() - $time);
  }

}
