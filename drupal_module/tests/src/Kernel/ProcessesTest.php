<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Controller\WorkersController;
use Drupal\background_agents\Sidecar\Process;
use Drupal\background_agents\Sidecar\Processes;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The processes of the sidecar, as they tell.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ProcessesTest extends AgentsKernelTestBase {

  /**
   * Each is kept once; what is not told of any more vanishes.
   */
  public function testFreshAndStale(): void {
    $processes = \Drupal::service(Processes::class);
    $now = \Drupal::time()->getCurrentTime();
    $processes->store([$this->told('a:1', $now), $this->told('b:2', $now - 60), $this->told('c:3', $now - 5000)]);
    $processes->store([]);
    $processes->store([$this->told('a:1', $now + 900, ['held' => 7, 'capacity' => 10, 'unknown' => 1])]);
    $this->assertSame(3, $this->rows('process'));
    $this->assertSame(['a:1', 'b:2', 'c:3'], array_map(static fn (Process $process): string => $process->name, $processes->all()));
    $this->assertSame([7, 10], [$processes->all()[0]->held, $processes->all()[0]->capacity]);
    // A clock that is ahead makes nobody fresh for longer.
    $this->assertLessThanOrEqual($now + 2, $processes->all()[0]->heard);
    \Drupal::database()->update('background_agents_process')->fields(['heard' => $now - Processes::FRESH - 5])->condition('name', 'a:1', '<>')->execute();
    $this->assertCount(1, $processes->all());
    \Drupal::database()->update('background_agents_process')->fields(['heard' => $now - 90000])->condition('name', 'a:1', '<>')->execute();
    $processes->store([$this->told('a:1', $now)]);
    $this->assertSame(1, $this->rows('process'));
  }

  /**
   * The page shows what a process says as text.
   */
  public function testPage(): void {
    $now = \Drupal::time()->getCurrentTime();
    \Drupal::service(Processes::class)->store([$this->told('w:1', $now, ['host' => '<b>host', 'worker' => TRUE, 'held' => 3, 'capacity' => 500, 'memory_mb' => 87, 'last_claim' => $now - 30])]);
    $this->running($this->agent());
    $build = \Drupal::classResolver(WorkersController::class)->page();
    $html = (string) \Drupal::service('renderer')->renderInIsolation($build);
    foreach (['&lt;b&gt;host', '3 of 500', '87 MB', 'Running: 1', 'Carries out runs'] as $text) {
      $this->assertStringContainsString($text, $html);
    }
  }

  /**
   * New code runs before its updates do: without the table nothing breaks.
   */
  public function testBeforeTheUpdate(): void {
    \Drupal::database()->schema()->dropTable('background_agents_process');
    $processes = \Drupal::service(Processes::class);
    $processes->store([$this->told('a:1', 1)]);
    $this->assertSame([], $processes->all());
  }

  private function told(string $name, int $seen, array $more = []): \stdClass {
    return (object) ($more + ['name' => $name, 'host' => strstr($name, ':', TRUE), 'doors' => FALSE, 'worker' => FALSE, 'seen' => $seen]);
  }

}
