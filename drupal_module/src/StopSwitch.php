<?php

declare(strict_types=1);

namespace Drupal\background_agents;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Audit\Decision;
use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\Core\State\StateInterface;

/**
 * The one switch that stops all agents of the site.
 *
 * In state, not in configuration: it must hold at once, and a deployment must
 * not switch it back.
 *
 * @api
 */
final class StopSwitch {

  private const KEY = 'background_agents.stopped';

  public function __construct(
    private readonly StateInterface $state,
    private readonly SiteIdentity $identity,
    private readonly AuditLog $audit,
  ) {}

  /**
   * Whether no agent works: somebody stopped them, or settings.php says so.
   */
  public function isStopped(): bool {
    return $this->identity->isOff() || $this->state->get(self::KEY) !== NULL;
  }

  /**
   * Whether agents are off by settings.php, as on a copy of a site.
   */
  public function isOff(): bool {
    return $this->identity->isOff();
  }

  /**
   * Returns who stopped the agents and when; NULL when they are not stopped.
   *
   * @return array{uid: ?int, time: int}|null
   *   Who stopped the agents and when; NULL when they are not stopped.
   */
  public function stoppedBy(): ?array {
    return $this->state->get(self::KEY);
  }

  /**
   * Stops: dispatches and run tokens are refused from now on.
   */
  public function stop(?int $uid, int $time, string $note = ''): void {
    if ($this->stoppedBy() === NULL) {
      $this->audit->record(Decision::aboutSite('stop', $uid, $note));
      $this->state->set(self::KEY, ['uid' => $uid, 'time' => $time]);
    }
  }

  /**
   * Lets agents work again.
   */
  public function start(?int $uid = NULL, string $note = ''): void {
    if ($this->stoppedBy() !== NULL) {
      $this->audit->record(Decision::aboutSite('start', $uid, $note));
    }
    $this->state->delete(self::KEY);
  }

}
