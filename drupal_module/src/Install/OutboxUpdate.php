<?php

declare(strict_types=1);

namespace Drupal\background_agents\Install;

use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Site\Settings;
use Symfony\Component\HttpFoundation\RequestStack;

/**
 * Gives jobs of older releases what they lack.
 *
 * @internal
 */
final class OutboxUpdate {

  public function __construct(
    private readonly Connection $database,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly RequestStack $requests,
  ) {}

  /**
   * Says of jobs that name no site that they are of this one.
   */
  public function sites(): void {
    $own = (new SiteIdentity($this->configFactory, Settings::getInstance(), $this->requests))->document();
    $this->database->update('background_agents_outbox')->fields($own)->condition('site', '')->execute();
  }

}
