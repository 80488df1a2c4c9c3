<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Sidecar\SidecarFindings;
use Drupal\background_agents\Ui\SidecarHealth;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Extension\Requirement\RequirementSeverity;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The status report: what only the sidecar can see.
 *
 * @internal
 */
final class SidecarFindingsHooks {

  use StringTranslationTrait;

  public function __construct(
    private readonly SidecarFindings $findings,
    private readonly SidecarHealth $health,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Implements hook_runtime_requirements().
   */
  #[Hook('runtime_requirements')]
  public function runtime(): array {
    $time = $this->findings->time();
    $entry = match (TRUE) {
      $time === NULL => [
        'value' => $this->t('It has not looked yet'),
        'severity' => RequirementSeverity::Info,
        'description' => $this->t('A sidecar that runs looks every ten minutes at its Redis, its keys of model providers, and the MCP servers of the agents, and tells this site. Its command "sidecar doctor" does so at once.'),
      ],
      $this->findings->all() === [] => [
        'value' => $this->t('Nothing is missing, as of @time ago', ['@time' => $this->ago($time)]),
        'severity' => RequirementSeverity::OK,
      ],
      default => $this->found($time),
    };
    return ['background_agents_findings' => ['title' => $this->t('Background agents: what the sidecar sees')] + $entry];
  }

  private function found(int $time): array {
    $items = [];
    $severity = RequirementSeverity::Info;
    foreach ($this->findings->all() as $finding) {
      $items[] = $this->t('@subject: @text', ['@subject' => $finding['subject'], '@text' => $finding['text']]);
      $severity = $finding['level'] === 'problem' ? RequirementSeverity::Error : $severity;
    }
    return [
      'value' => $severity === RequirementSeverity::Error
        ? $this->t('Something is missing, as of @time ago', ['@time' => $this->ago($time)])
        : $this->t('It works, as of @time ago', ['@time' => $this->ago($time)]),
      'severity' => $severity,
      'description' => ['#theme' => 'item_list', '#items' => $items],
    ];
  }

  private function ago(int $time): string {
    return $this->health->ago($this->time->getCurrentTime() - $time);
  }

}
