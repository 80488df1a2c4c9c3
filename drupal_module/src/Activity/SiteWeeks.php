<?php

declare(strict_types=1);

namespace Drupal\background_agents\Activity;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * The weeks that reports are about, where the site is.
 *
 * @internal
 */
final class SiteWeeks {

  /**
   * How many can be chosen; the first is the default.
   */
  public const array PERIODS = [12, 26, 52];

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly TimeInterface $time,
  ) {}

  /**
   * The last weeks, with the present one.
   */
  public function last(int $count): Weeks {
    $zone = new \DateTimeZone($this->configFactory->get('system.date')->get('timezone.default') ?: 'UTC');
    return Weeks::last($count, $this->time->getRequestTime(), $zone);
  }

  /**
   * How many weeks a request asks for.
   */
  public static function period(Request $request): int {
    $asked = $request->query->all()['weeks'] ?? NULL;
    $weeks = is_string($asked) ? (int) $asked : 0;
    return in_array($weeks, self::PERIODS, TRUE) ? $weeks : self::PERIODS[0];
  }

}
