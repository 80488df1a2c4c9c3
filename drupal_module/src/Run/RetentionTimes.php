<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Config\ConfigFactoryInterface;

/**
 * Up to when what is old is deleted, by the settings in days.
 *
 * @internal
 */
final class RetentionTimes {

  private const DAY = 86400;

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly TimeInterface $time,
  ) {}

  /**
   * The days of a setting, such as `retention.run_days`.
   */
  public function days(string $setting): int {
    return (int) $this->configFactory->get('background_agents.settings')->get($setting);
  }

  /**
   * The Unix time so many days ago.
   */
  public function before(int $days): int {
    return $this->time->getCurrentTime() - $days * self::DAY;
  }

  /**
   * The Unix time that many days ago as a setting says.
   */
  public function of(string $setting): int {
    return $this->before($this->days($setting));
  }

}
