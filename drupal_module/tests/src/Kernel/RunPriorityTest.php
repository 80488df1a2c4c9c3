<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Dispatch\DueRuns;
use Drupal\background_agents\Run\DelayedRuns;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\background_agents\Sidecar\OutboxRow;
use Drupal\background_agents\Ui\RunFacts;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Runs that begin before others, or behind them.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class RunPriorityTest extends EndpointKernelTestBase {

  /**
   * Higher ones are handed out first; none is kept back for a lower one.
   */
  public function testOrder(): void {
    $asked = ['ordinary' => 0, 'low' => -10, 'high' => 3, 'highest' => 10];
    $runs = array_map(fn (int $priority): string => $this->dispatched($priority), $asked);
    $outbox = \Drupal::service(Outbox::class);
    $this->assertSame(array_map(static fn (string $name): string => $runs[$name], ['highest', 'high', 'ordinary', 'low']), array_map(static fn (OutboxRow $row): string => $row->run, $outbox->due(10)));
    foreach ($asked as $name => $priority) {
      $job = $outbox->jobOf($runs[$name]);
      $job->attempt = 1;
      $this->assertSame([], (new Contracts())->errors($job, 'job'));
      $this->assertSame($priority ?: NULL, $job->priority ?? NULL);
      $this->assertSame($priority, $this->found($this->person, "runs/{$runs[$name]}", 'run')['priority']);
    }
    // What waits for longer than the priority of a later one is worth, is first.
    \Drupal::database()->update('background_agents_outbox')->expression('available_at', 'available_at - 601')->condition('run', $runs['ordinary'])->execute();
    $this->assertSame($runs['ordinary'], $outbox->due(1)[0]->run);
  }

  /**
   * Of runs whose time has come, too; their jobs have it.
   */
  public function testDelayed(): void {
    [$first, $second, $third] = array_map(fn (int $priority): string => $this->dispatched($priority, ['delay' => 3600]), [0, 2, -2]);
    $now = time();
    foreach ([$first => $now - 100, $second => $now - 10, $third => $now - 110] as $uuid => $due) {
      \Drupal::database()->update('background_agents_run')->fields(['due' => $due])->condition('uuid', $uuid)->execute();
    }
    \Drupal::entityTypeManager()->getStorage('background_agents_run')->resetCache();
    $this->assertSame([$second, $first, $third], \Drupal::service(DelayedRuns::class)->due(10));
    \Drupal::service(DueRuns::class)->make();
    $this->assertSame([2, NULL, -2], array_map(static fn (string $uuid): ?int => \Drupal::service(Outbox::class)->jobOf($uuid)->priority ?? NULL, [$second, $first, $third]));
  }

  /**
   * Its page says it, where it is not the ordinary one.
   */
  public function testPage(): void {
    foreach ([0 => [], 7 => ['+7'], -2 => ['-2']] as $priority => $shown) {
      $facts = \Drupal::service(RunFacts::class)->list(\Drupal::service(RunStore::class)->byUuid($this->dispatched($priority)));
      $found = array_filter($facts, static fn (array $fact): bool => (string) $fact['label'] === 'Priority');
      $this->assertSame($shown, array_values(array_map(static fn (array $fact): string => $fact['value']['#plain_text'], $found)));
    }
  }

  /**
   * What cannot be asked for; an agent starts what it starts as ordinary runs.
   */
  public function testRefusals(): void {
    foreach ([-11, 11, '1', 1.5, TRUE, NULL, 1e300] as $priority) {
      $this->assertRefusedRequest(422, 'invalid', $this->person, 'runs', ['agent' => 'writer', 'priority' => $priority]);
    }
    $this->role('starter', ['run writer background agent']);
    $this->accountOf($this->agent)->addRole('starter')->save();
    $run = $this->running($this->agent);
    foreach ([1, -1] as $priority) {
      $this->inRun($run, fn (): array => $this->assertRefusedRequest(422, 'invalid', $this->accountOf($this->agent), 'runs', ['agent' => 'writer', 'priority' => $priority]));
    }
  }

  /**
   * Between new code and its updates nothing else is kept from running.
   */
  public function testBeforeTheUpdates(): void {
    $due = $this->dispatched(0, ['delay' => 3600]);
    $manager = \Drupal::entityDefinitionUpdateManager();
    $manager->uninstallFieldStorageDefinition($manager->getFieldStorageDefinition('priority', 'background_agents_run'));
    $this->assertRefusedRequest(503, 'update_pending', $this->person, 'runs', ['agent' => 'writer', 'priority' => 1]);
    $uuid = $this->dispatched(0);
    $this->assertSame($uuid, \Drupal::service(Outbox::class)->due(1)[0]->run);
    \Drupal::database()->update('background_agents_run')->fields(['due' => time() - 1])->condition('uuid', $due)->execute();
    $this->assertSame([$due], \Drupal::service(DelayedRuns::class)->due(10));
    $this->container->get('module_handler')->loadInclude('background_agents', 'php', 'background_agents.post_update');
    background_agents_post_update_run_priority();
    $this->assertSame(4, $this->found($this->person, 'runs/' . $this->dispatched(4), 'run')['priority']);
    $this->assertSame(0, $this->found($this->person, "runs/$uuid", 'run')['priority']);
  }

  private function dispatched(int $priority, array $more = []): string {
    return $this->found($this->person, 'runs', 'run', $more + ['agent' => 'writer', 'priority' => $priority])['uuid'];
  }

}
