<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Agent\Version\AgentVersions;
use Drupal\background_agents\Entity\Run;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * Says which version of its agent's definition a run used.
 *
 * @internal
 */
final class VersionFact {

  use StringTranslationTrait;

  public function __construct(
    private readonly AgentVersions $versions,
  ) {}

  /**
   * The number, with a link to what has changed since.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(Run $run): array {
    $number = $run->getAgentVersion();
    $agent = $run->getAgent();
    if ($number === NULL) {
      return ['#plain_text' => ''];
    }
    $present = $agent === NULL ? NULL : $this->versions->present($agent)?->number;
    $label = $present === $number ? $this->t('Version @number, the present one', ['@number' => $number]) : $this->t('Version @number', ['@number' => $number]);
    $url = match (TRUE) {
      $agent === NULL => NULL,
      $present === $number || $present === NULL => Url::fromRoute('background_agents.agent_versions', ['background_agents_agent' => $agent->id()]),
      default => Url::fromRoute('background_agents.agent_compare', [
        'background_agents_agent' => $agent->id(),
        'from' => $number,
        'to' => $present,
      ]),
    };
    if ($url === NULL || !$url->access()) {
      return ['#plain_text' => (string) $label];
    }
    return [
      '#type' => 'link',
      '#title' => $present === $number || $present === NULL ? $label : $this->t('Version @number: what has changed since', ['@number' => $number]),
      '#url' => $url,
    ];
  }

}
