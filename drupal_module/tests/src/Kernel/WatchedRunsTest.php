<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Controller\RequestedRun;
use Drupal\background_agents\Controller\RunPageController;
use Drupal\background_agents\Report\ReportAnswer;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpFoundation\Request;

/**
 * The sidecar is told which runs somebody looks at.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class WatchedRunsTest extends AgentsKernelTestBase {

  /**
   * Who asks for news of a run watches it: by its page, and by the endpoint.
   */
  public function testWhoIsWatched(): void {
    $run = $this->running($this->agent(), ['state' => 'queued']);
    $this->assertSame([], $this->told());
    $live = \Drupal::classResolver(RunPageController::class);
    $live->live($run, Request::create('/', 'GET', ['after' => 0, 'version' => '']));
    $this->assertSame([$run->uuid()], $this->told());

    $other = $this->running($this->agent('other'), ['state' => 'queued']);
    $watcher = $this->account('watcher', $this->role('watcher', ['view any background agent run'])->id());
    $this->as($watcher, fn () => \Drupal::classResolver(RequestedRun::class)->followed((string) $other->uuid()));
    $this->assertEqualsCanonicalizing([$run->uuid(), $other->uuid()], $this->told());

    // Nobody asks any more.
    \Drupal::database()->update('key_value_expire')->fields(['expire' => 1])->condition('collection', 'background_agents_watched')->execute();
    $this->assertSame([], $this->told());
  }

  /**
   * A run that is over has no news.
   */
  public function testOver(): void {
    $run = $this->running($this->agent(), ['state' => 'completed']);
    \Drupal::classResolver(RunPageController::class)->live($run, Request::create('/', 'GET', ['after' => 0, 'version' => '']));
    $this->assertSame([], $this->told());
  }

  /**
   * What the answer to a batch says.
   *
   * @return string[]
   *   UUIDs.
   */
  private function told(): array {
    return \Drupal::service(ReportAnswer::class)->document(new \stdClass())['watched'];
  }

}
