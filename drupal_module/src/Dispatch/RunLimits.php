<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\Core\Config\ConfigFactoryInterface;

/**
 * The limits of runs: the agent's own over the site's.
 *
 * They are resolved once, into the job; from then on both sides judge by that,
 * whatever becomes of the configuration while the run works.
 *
 * @internal
 */
final class RunLimits {

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly Outbox $outbox,
  ) {}

  /**
   * What a job of the agent gets now.
   *
   * @return array<string, int|string>
   *   As in the contract of an agent; 0 and absent: no limit.
   */
  public function resolve(Agent $agent): array {
    return self::over($agent->getLimits(), (array) $this->configFactory->get('background_agents.settings')->get('limits'));
  }

  /**
   * The depth down to which an agent may be started by other agents.
   */
  public function maxDepth(Agent $agent): int {
    return (int) ($this->resolve($agent)['depth'] ?? 0);
  }

  /**
   * Limits of an agent over those of its site. Vectors "limits".
   */
  public static function over(array $agent, array $site): array {
    return array_filter($agent) + array_filter($site);
  }

  /**
   * Limits, none higher than what was handed down; 0 and absent: no limit.
   *
   * @param array<string, int|string> $limits
   *   The limits that hold otherwise.
   * @param array<string, int> $most
   *   What was handed down, by name.
   *
   * @return array<string, int|string>
   *   The limits.
   */
  public static function lowered(array $limits, array $most): array {
    foreach ($most as $name => $amount) {
      $limits[$name] = min($amount, ($limits[$name] ?? 0) ?: $amount);
    }
    return array_filter($limits);
  }

  /**
   * What holds for a run that has not ended: the limits of its job.
   *
   * @return array<string, int|string>
   *   As resolve(). Of a run without a job, such as one that is tried out,
   *   those that a job would get now.
   */
  public function of(Run $run): array {
    $stored = $this->outbox->jobOf($run->uuid())->agent->binding->limits ?? NULL;
    if ($stored instanceof \stdClass) {
      return array_filter(get_object_vars($stored));
    }
    $agent = $run->getAgent();
    return $agent === NULL ? [] : $this->resolve($agent);
  }

}
