<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Entity\RunFields;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Sidecar\Process;
use Drupal\background_agents\Sidecar\Processes;
use Drupal\background_agents\Ui\CardTable;
use Drupal\background_agents\Ui\SidecarHealth;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Controller\ControllerBase;
use Drupal\Core\Database\Connection;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * The processes of the sidecar: where they are, how busy, and their memory.
 *
 * @internal
 */
final class WorkersController extends ControllerBase {

  public function __construct(
    private readonly Processes $processes,
    private readonly Connection $database,
    private readonly SidecarHealth $health,
    private readonly TimeInterface $time,
  ) {}

  /**
   * The page.
   */
  public function page(): array {
    $processes = $this->processes->all();
    return [
      '#cache' => ['max-age' => 0],
      '#attached' => ['library' => ['background_agents/admin']],
      'about' => [
        '#markup' => '<p>' . $this->t('The processes of the sidecar tell this site where they run and how busy they are, once a minute at least. A process that has not been heard of for three minutes is not listed. A sidecar may serve several sites: runs in hand are those of all of them.') . '</p>',
      ],
      'waiting' => ['#markup' => '<p>' . $this->open() . '</p>'],
      'table' => CardTable::of([
        '#type' => 'table',
        '#header' => [
          $this->t('Host'),
          $this->t('Process'),
          $this->t('Task'),
          $this->t('Runs in hand'),
          $this->t('Memory'),
          $this->t('Last took a run'),
          $this->t('Has run for'),
          $this->t('Release'),
          $this->t('Last heard'),
        ],
        '#rows' => array_map($this->row(...), $processes),
        '#empty' => $this->t('No process of a sidecar is heard of. The status report says since when, and what to do.'),
      ], $this->t('Processes of the sidecar')),
    ];
  }

  /**
   * How many runs of this site have not ended, by state.
   */
  private function open(): TranslatableMarkup {
    $query = $this->database->select('background_agents_run', 'r')->fields('r', ['state'])->condition('r.state', RunState::open(), 'IN')->groupBy('r.state');
    $query->addExpression('COUNT(*)', 'runs');
    $runs = $query->execute()->fetchAllKeyed();
    $labels = array_intersect_key(RunFields::stateLabels(), $runs);
    $parts = array_map(fn (string $state): string => (string) $this->t('@state: @count', [
      '@state' => $labels[$state],
      '@count' => $runs[$state],
    ]), array_keys($labels));
    return $parts === []
      ? $this->t('No run of this site waits or is at work.')
      : $this->t('Runs of this site that have not ended: @list.', ['@list' => implode(', ', $parts)]);
  }

  private function row(Process $process): array {
    $parts = array_filter([
      $process->worker ? $this->t('Carries out runs') : NULL,
      $process->doors ? $this->t('Takes runs from this site, and reports to it') : NULL,
    ]);
    return [
      ['data' => ['#plain_text' => $process->host]],
      ['data' => ['#type' => 'html_tag', '#tag' => 'code', 'text' => ['#plain_text' => $process->name]]],
      ['data' => ['#plain_text' => implode('; ', $parts)]],
      $process->worker ? $this->t('@held of @capacity', ['@held' => $process->held, '@capacity' => $process->capacity]) : '',
      $this->t('@count MB', ['@count' => $process->memoryMb]),
      $this->ago($process->lastClaim),
      $process->started === 0 ? '' : $this->health->ago($this->time->getCurrentTime() - $process->started),
      ['data' => ['#plain_text' => $process->version . ($process->python === '' ? '' : " (Python $process->python)")]],
      $this->ago($process->heard),
    ];
  }

  private function ago(int $time): string|\Stringable {
    return $time === 0 ? '' : $this->t('@time ago', ['@time' => $this->health->ago($this->time->getCurrentTime() - $time)]);
  }

}
