<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Form\CancelRunsBatch;
use Drupal\background_agents\Run\RunListAccess;
use Drupal\background_agents\Run\RunListPage;
use Drupal\background_agents\Run\RunRows;
use Drupal\background_agents\Ui\ChosenIds;
use Drupal\background_agents\Ui\CsvFile;
use Drupal\Component\Serialization\Yaml;
use Drupal\Core\Database\Database;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\AnonymousUserSession;
use Drupal\user\UserInterface;
use Drupal\views\Entity\View;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The list of runs: who sees which row, filters, cost in queries, and its file.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class RunListTest extends AgentsKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['views'];

  private const array PERMISSIONS = [
    'administer background agents', 'view any background agent run', 'view own background agent runs', 'manage any background agent run',
    'manage own background agent runs', 'access content', 'review background agent drafts',
  ];

  private Agent $agent;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->agent = $this->agent();
    if (View::load(RunListPage::VIEW) === NULL) {
      View::create(Yaml::decode((string) file_get_contents(__DIR__ . '/../../../config/optional/views.view.background_agents_runs.yml')))->save();
    }
    \Drupal::service('router.builder')->rebuild();
  }

  /**
   * Views that are installed from their files are as Views itself saves them.
   *
   * Otherwise an updated site, which saves them, has others than a new one.
   */
  public function testShippedViews(): void {
    foreach (['background_agents_drafts', 'background_agents_runs'] as $id) {
      View::load($id)?->delete();
      $shipped = Yaml::decode((string) file_get_contents(__DIR__ . "/../../../config/optional/views.view.$id.yml"));
      View::create($shipped)->save();
      $saved = array_diff_key($this->config("views.view.$id")->getRawData(), ['uuid' => 0, '_core' => 0]);
      $this->assertEquals($shipped, $saved, $id);
    }
  }

  /**
   * The database lists the runs that entity access lets a person open.
   */
  public function testAccess(): void {
    mt_srand(11);
    $people = [new AnonymousUserSession()];
    for ($n = 0; $n < 12; $n++) {
      $this->role("person_$n", array_values(array_filter(self::PERMISSIONS, static fn (): bool => mt_rand(0, 4) === 0)));
      $people[] = $this->account("person_$n", "person_$n");
    }
    foreach ($people as $n => $person) {
      $this->running($this->agent, ['uid' => $n % 3 === 0 ? NULL : $person->id()]);
      $this->running($this->agent, ['uid' => $person->id()]);
    }
    $found = 0;
    foreach ($people as $person) {
      $allowed = array_keys(array_filter(Run::loadMultiple(), static fn (Run $run): bool => $run->access('view', $person)));
      $this->assertSame($allowed, $this->restricted($person), $person->getAccountName());
      $listed = $this->as($person, static fn (): array => \Drupal::service(RunRows::class)->ids([], $person));
      $this->assertSame(RunListAccess::maySee($person) ? array_reverse($allowed) : [], $listed, $person->getAccountName());
      $found += count($allowed);
    }
    // Of a kind with all or none, nothing would be proven.
    $this->assertGreaterThan(count($people), $found);
    $this->assertLessThan(count($people) * 40, $found);
  }

  /**
   * In the request of a run, it lists itself and the runs it has started.
   */
  public function testAccessOfRuns(): void {
    $run = $this->running($this->agent);
    $child = $this->running($this->agent, ['parent' => $run->uuid(), 'depth' => 1]);
    $this->running($this->agent);
    $this->assertSame([(int) $run->id(), (int) $child->id()], $this->inRun($run, fn (): array => $this->restricted(\Drupal::currentUser())));
  }

  /**
   * A long list costs as many queries as a short one.
   */
  public function testQueries(): void {
    $this->role('viewer', ['view any background agent run', 'manage any background agent run']);
    $viewer = $this->account('viewer', 'viewer');
    $add = function (int $number): void {
      for ($n = 0; $n < $number; $n++) {
        $run = $this->running($this->agent, ['uid' => $this->account(uniqid('person'))->id()]);
        $this->draftOf($run, Change::PENDING);
      }
    };
    $add(2);
    $this->queries($viewer);
    [$few] = $this->queries($viewer);
    $add(38);
    [$many, $html] = $this->queries($viewer);
    $this->assertSame(40, substr_count($html, 'Select run'));
    $this->assertSame($few, $many);
  }

  /**
   * Each filter, as the address names it; drafts are told by their state.
   */
  public function testFilters(): void {
    $viewer = $this->createUser(['view any background agent run']);
    $digest = $this->agent('digest');
    $runs = [
      'failed' => $this->running($this->agent, ['state' => 'failed', 'reason' => 'limit:steps', 'message' => 'It needs 50 % more.', 'created' => strtotime('2026-03-02 12:00')]),
      'bread' => $this->running($this->agent, ['state' => 'completed', 'target_label' => 'Bread_and butter', 'target_uuid' => 'x', 'uid' => $viewer->id()]),
      'digest' => $this->running($digest, ['state' => 'waiting', 'trigger_type' => 'schedule', 'dry_run' => TRUE, 'via_means' => 'key', 'via_key' => 'ab12cd34ef', 'via_name' => 'Laptop of Mia']),
    ];
    $cases = [
      ['', 'digest bread failed'],
      ['state=failed', 'failed'],
      ['state=open', 'digest'],
      ['agent=digest', 'digest'],
      ['trigger=schedule', 'digest'],
      ['requester=me', 'bread'],
      ['test=1', 'digest'],
      ['test=0', 'bread failed'],
      ['test=All', 'digest bread failed'],
      ['from=2026-03-02&to=2026-03-02', 'failed'],
      ['from=2026-03-03', 'digest bread'],
      ['to=yesterday', 'digest bread failed'],
      ['search=BUTTER bread', 'bread'],
      ['search=limit', 'failed'],
      ['search=50 %25 more', 'failed'],
      ['search=%25', 'failed'],
      ['search=d_a', 'bread'],
      ['search=' . $runs['digest']->uuid(), 'digest'],
      ['search=' . $runs['bread']->id() . '000', ''],
      ['search=ab12cd34ef', 'digest'],
      ['search=ab12cd34e', ''],
      ['search=laptop', 'digest'],
      ["search=' OR 1=1 --", ''],
      // The last one: in one process, no form is processed after an error.
      ['state=nonsense', ''],
    ];
    $names = array_flip(array_map(static fn (Run $run): int => (int) $run->id(), $runs));
    foreach ($cases as [$query, $expected]) {
      parse_str($query, $filters);
      $ids = $this->as($viewer, static fn (): array => \Drupal::service(RunRows::class)->ids($filters, $viewer));
      $this->assertEqualsCanonicalizing(array_filter(explode(' ', $expected)), array_map(static fn (int $id): string => $names[$id], $ids), $query);
    }
  }

  /**
   * A site that had the list before gets the new filter, and keeps its own.
   */
  public function testUpdate(): void {
    $view = View::load(RunListPage::VIEW);
    $new = $view->get('display');
    $old = $new;
    unset($old['default']['display_options']['filters']['dry_run']);
    $old['default']['display_options']['filters']['agent']['expose']['label'] = 'Who';
    $view->set('display', $old)->save();
    \Drupal::moduleHandler()->loadInclude('background_agents', 'php', 'background_agents.post_update');
    background_agents_post_update_run_list_test_runs();
    background_agents_post_update_run_list_test_runs();
    $filters = View::load(RunListPage::VIEW)->get('display')['default']['display_options']['filters'];
    $this->assertEquals($new['default']['display_options']['filters']['dry_run'], $filters['dry_run']);
    $this->assertSame('Who', $filters['agent']['expose']['label']);
    View::load(RunListPage::VIEW)->delete();
    background_agents_post_update_run_list_test_runs();
    $this->assertNull(View::load(RunListPage::VIEW));
  }

  /**
   * The file has the drafts by state, and no cell that is a formula.
   */
  public function testFile(): void {
    $viewer = $this->createUser(['view any background agent run']);
    $run = $this->running($this->agent, ['agent_label' => '=HYPERLINK("http://x","y")', 'target_label' => 'Brot, "süß"', 'target_uuid' => 'x', 'cost_micros' => 1500, 'via_means' => 'key', 'via_name' => '@laptop']);
    foreach ([Change::PENDING, Change::PENDING, Change::ACCEPTED] as $status) {
      $this->draftOf($run, $status);
    }
    $rows = \Drupal::service(RunRows::class);
    $lines = array_map(CsvFile::line(...), iterator_to_array($rows->of($this->as($viewer, static fn (): array => $rows->ids([], $viewer))), FALSE));
    $this->assertCount(2, $lines);
    $cells = array_combine(str_getcsv($lines[0], ',', '"', ''), str_getcsv(rtrim($lines[1]), ',', '"', ''));
    $this->assertSame(["'=HYPERLINK(\"http://x\",\"y\")", 'Brot, "süß"', 'key', "'@laptop", '0.0015', '3', '2', '1'], [$cells['agent_label'], $cells['content_label'], $cells['means'], $cells['key_or_program'], $cells['cost_usd'], $cells['drafts'], $cells['pending'], $cells['accepted']]);
  }

  /**
   * Without the view the plain list and its file show the same runs.
   */
  public function testWithoutTheView(): void {
    $own = $this->createUser(['view own background agent runs']);
    $this->running($this->agent);
    $run = $this->running($this->agent, ['uid' => $own->id()]);
    View::load(RunListPage::VIEW)->disable()->save();
    \Drupal::entityTypeManager()->getStorage('view')->resetCache();
    $this->assertNull(\Drupal::service(RunListPage::class)->view());
    $this->assertSame([(int) $run->id()], $this->as($own, static fn (): array => \Drupal::service(RunRows::class)->ids(['state' => 'failed'], $own)));
  }

  /**
   * Of what was chosen, only what the person may cancel and what is open.
   */
  public function testCancel(): void {
    $person = $this->createUser(['view any background agent run', 'manage own background agent runs']);
    $runs = [
      'own' => $this->running($this->agent, ['uid' => $person->id()]),
      'other' => $this->running($this->agent),
      'ended' => $this->running($this->agent, ['uid' => $person->id(), 'state' => 'completed', 'finished' => 1]),
    ];
    $context = ['results' => []];
    $this->as($person, static function () use ($runs, &$context): void {
      foreach ($runs as $run) {
        CancelRunsBatch::cancel((int) $run->id(), 'Too many', $context);
      }
      CancelRunsBatch::cancel(999, '', $context);
    });
    $this->assertSame(['told' => 1, 'refused' => 2, 'ended' => 1], $context['results']);
    $this->assertSame(1, $this->rows('command', ['run' => $runs['own']->id(), 'command' => 'cancel', 'uid' => $person->id()]));
    $this->assertSame(1, $this->rows('command'));
    $this->assertSame(1, $this->rows('audit'));
    $this->assertSame([1, 2], ChosenIds::of('1-2-1'));
    $this->assertSame([], ChosenIds::of('1;2') + ChosenIds::of(['1']) + ChosenIds::of('-1'));
  }

  private function draftOf(Run $run, string $status): void {
    Change::create([
      'run' => $run->id(),
      'agent' => 'writer',
      'target_type' => 'node',
      'target_bundle' => 'article',
      'target_uuid' => '00000000-0000-4000-8000-000000000000',
      'target_id' => 1,
      'target_langcode' => 'en',
      'operation' => 'revise',
      'status' => $status,
    ])->save();
  }

  /**
   * The runs that a list of this person shows.
   *
   * @return list<int>
   *   Their ids.
   */
  private function restricted(AccountInterface $person): array {
    $query = \Drupal::database()->select('background_agents_run', 'r')->fields('r', ['id'])->orderBy('id');
    \Drupal::service(RunListAccess::class)->restrict($query, 'r', $person);
    return array_map(intval(...), $query->execute()->fetchCol());
  }

  /**
   * How many queries the list makes, its pager included; and its HTML.
   *
   * @return array{int, string}
   *   Both.
   */
  private function queries(UserInterface $viewer): array {
    return $this->as($viewer, static function (): array {
      foreach (['background_agents_change', 'background_agents_run', 'user'] as $type) {
        \Drupal::entityTypeManager()->getStorage($type)->resetCache();
        \Drupal::entityTypeManager()->getAccessControlHandler($type)->resetCache();
      }
      $key = uniqid('list');
      Database::startLog($key);
      $build = ['#type' => 'view', '#name' => RunListPage::VIEW, '#display_id' => RunListPage::DISPLAY];
      $html = (string) \Drupal::service('renderer')->renderInIsolation($build);
      return [count(Database::getLog($key)), $html];
    });
  }

}
