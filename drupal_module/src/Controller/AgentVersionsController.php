<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Agent\Version\AgentVersion;
use Drupal\background_agents\Agent\Version\AgentVersions;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\CardTable;
use Drupal\background_agents\Ui\VersionComparison;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Symfony\Component\HttpKernel\Exception\NotFoundHttpException;

/**
 * The versions of an agent's definition, and what differs between two.
 *
 * @internal
 */
final class AgentVersionsController implements ContainerInjectionInterface {

  use AutowireTrait;
  use StringTranslationTrait;

  /**
   * Versions on the page.
   */
  private const int ROWS = 100;

  public function __construct(
    private readonly AgentVersions $versions,
    private readonly VersionComparison $comparison,
    private readonly DateFormatterInterface $dates,
  ) {}

  /**
   * The list.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function list(Agent $background_agents_agent): array {
    $agent = $background_agents_agent;
    $versions = $this->versions->newest((string) $agent->id(), self::ROWS);
    $present = $this->versions->present($agent)?->number;
    $rows = [];
    foreach ($versions as $at => $version) {
      $rows[] = [
        $version->number === $present ? $this->t('Version @number (present)', ['@number' => $version->number]) : $this->t('Version @number', ['@number' => $version->number]),
        $this->dates->format($version->created, 'short'),
        ['data' => ['#type' => 'html_tag', '#tag' => 'code', '#value' => substr($version->hash, 0, 12)]],
        ['data' => $this->links($agent, $version, $versions[$at + 1] ?? NULL, $present)],
      ];
    }
    return [
      '#cache' => ['max-age' => 0],
      'about' => ['#markup' => '<p>' . $this->t('A version is what determines how the agent behaves: instructions, rules, model, tools, content, limits and schemas. It is kept as long as a run, a draft or content names it.') . '</p>'],
      '#attached' => ['library' => ['background_agents/admin']],
      'table' => CardTable::of([
        '#type' => 'table',
        '#header' => [$this->t('Version'), $this->t('First seen'), $this->t('Hash'), $this->t('Compare')],
        '#rows' => $rows,
        '#empty' => $this->t('No version is kept yet. The next save of the agent keeps one.'),
      ], $this->t('Versions')),
    ];
  }

  /**
   * Two versions, compared.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function compare(Agent $background_agents_agent, int $from, int $to): array {
    $id = (string) $background_agents_agent->id();
    $old = $this->versions->load($id, $from) ?? throw new NotFoundHttpException();
    $new = $this->versions->load($id, $to) ?? throw new NotFoundHttpException();
    return $this->comparison->build($old, $new) + ['#cache' => ['max-age' => 0]];
  }

  /**
   * The title of a comparison.
   */
  public function title(Agent $background_agents_agent, int $from, int $to): TranslatableMarkup {
    return $this->t('@agent: versions @from and @to', [
      '@agent' => $background_agents_agent->label(),
      '@from' => $from,
      '@to' => $to,
    ]);
  }

  private function links(Agent $agent, AgentVersion $version, ?AgentVersion $before, ?int $present): array {
    $links = [];
    $url = static fn (int $from, int $to): Url => Url::fromRoute('background_agents.agent_compare', [
      'background_agents_agent' => $agent->id(),
      'from' => $from,
      'to' => $to,
    ]);
    if ($before !== NULL) {
      $links['before'] = [
        'title' => $this->t('With version @number', ['@number' => $before->number]),
        'url' => $url($before->number, $version->number),
      ];
    }
    if ($present !== NULL && $present !== $version->number && $present !== $before?->number) {
      $links['present'] = ['title' => $this->t('With the present one'), 'url' => $url($version->number, $present)];
    }
    return ['#theme' => 'links', '#links' => $links, '#attributes' => ['class' => ['ba-links']]];
  }

}
