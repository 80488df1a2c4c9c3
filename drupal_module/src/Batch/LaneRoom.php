<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

use Drupal\background_agents\Dispatch\RunLimits;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Run\DelayedRuns;
use Drupal\background_agents\Run\Spending;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\background_agents\StopSwitch;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Database\Connection;

/**
 * How many more runs of batches the lane of an agent has room for.
 *
 * As many as can work, and a few that wait: so a run that a person asks for
 * meanwhile stands behind these few, however large the batch is. Half of the
 * site's queue stays free for what is started otherwise.
 *
 * @internal
 */
final class LaneRoom {

  /**
   * Runs that wait, so that no worker has to.
   */
  private const int SPARE = 2;

  /**
   * The most runs that batches have in a lane.
   */
  private const int MOST = 20;

  /**
   * Runs of an agent without a limit of its own or of the site.
   */
  private const int CONCURRENCY = 5;

  public function __construct(
    private readonly Connection $database,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly RunLimits $limits,
    private readonly Outbox $outbox,
    private readonly DelayedRuns $delayed,
    private readonly Spending $spending,
    private readonly StopSwitch $stopSwitch,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Whether all agents are stopped.
   */
  public function isStopped(): bool {
    return $this->stopSwitch->isStopped();
  }

  /**
   * How many runs of an agent are at work at the same time.
   */
  public function concurrency(Agent $agent): int {
    return (int) ($this->limits->resolve($agent)['concurrency'] ?? 0) ?: self::CONCURRENCY;
  }

  /**
   * How many runs may be let in now. Runs that wait for people do not count.
   */
  public function of(Agent $agent): int {
    $query = $this->database->select('background_agents_run', 'r')->condition('r.agent', (string) $agent->id());
    $waits = $query->andConditionGroup()->condition('r.state', 'waiting')->condition('r.waiting_for', 'approval', '<>');
    $open = (int) $query->condition($query->orConditionGroup()->condition('r.state', ['queued', 'running'], 'IN')->condition($waits))->countQuery()->execute()->fetchField() - $this->delayed->count((string) $agent->id());
    $site = intdiv((int) $this->configFactory->get('background_agents.settings')->get('queue.open_runs'), 2) - $this->outbox->count();
    return max(0, min(min(self::MOST, $this->concurrency($agent) + self::SPARE) - $open, $site));
  }

  /**
   * Whether a run of the batch has met a budget of today (UTC).
   *
   * The rest would meet it, too; tomorrow it goes on by itself.
   */
  public function isSpent(Batch $batch, Agent $agent): bool {
    return (bool) $this->database->select('background_agents_run', 'r')->fields('r', ['id'])
      ->condition('r.batch', $batch->id)
      ->condition('r.state', 'failed')
      ->condition('r.reason', ['limit:budget_site', 'limit:budget_agent'], 'IN')
      ->condition('r.finished', intdiv($this->time->getCurrentTime(), 86400) * 86400, '>=')
      ->range(0, 1)->execute()->fetchField() || $this->budgetLeft($agent) === 0;
  }

  /**
   * What an agent may still spend today, in millionths; NULL: no limit.
   */
  public function budgetLeft(Agent $agent): ?int {
    $limit = (int) ($this->limits->resolve($agent)['cost_micros_per_day'] ?? 0);
    return $limit === 0 ? NULL : max(0, $limit - (int) ($this->spending->document()['agents']->{(string) $agent->id()}['cost_micros'] ?? 0));
  }

}
