<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Audit\Decision;
use Drupal\background_agents\Audit\PersonExport;
use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Notice\Notice;
use Drupal\background_agents\Notice\NoticeChoices;
use Drupal\background_agents\Notice\NoticeKind;
use Drupal\background_agents\Notice\NoticeMode;
use Drupal\background_agents\Notice\PersonNotices;
use Drupal\background_agents\Review\ProposedRules;
use Drupal\background_agents\Review\Provenance\Provenance;
use Drupal\background_agents\Review\Provenance\ProvenanceStore;
use Drupal\background_agents\Review\SentBackStore;
use Drupal\background_agents\Run\CommandQueue;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * What is kept of a person is given to them, and goes with their account.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class PersonalDataTest extends AgentsKernelTestBase {

  private Agent $agent;

  private UserInterface $person;

  private UserInterface $other;

  /**
   * @var \Drupal\background_agents\Entity\Run[]
   */
  private array $runs;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->agent = $this->agent();
    $this->person = $this->account('Erika');
    $this->other = $this->account('Max');
    $uid = $this->person->id();
    $this->runs = [
      'over' => $this->running($this->agent, ['uid' => $uid, 'state' => 'completed']),
      'open' => $this->running($this->agent, ['uid' => $uid]),
      'undecided' => $this->running($this->agent, ['uid' => $uid, 'state' => 'completed']),
      'other' => $this->running($this->agent, ['uid' => $this->other->id(), 'state' => 'completed']),
    ];
    $this->change($this->runs['undecided']);
    $decided = $this->change($this->runs['other'], ['reason' => 'Too long.']);
    $decided->decide(Change::REJECTED, (int) $uid, 1)->save();
    \Drupal::service(AuditLog::class)->record(Decision::aboutRun($this->runs['other'], 'refuse', (int) $uid, Decision::SITE, ['note' => 'Too long.']));
    \Drupal::service(NoticeChoices::class)->save((int) $uid, ['draft' => NoticeMode::Never]);
    foreach ([$uid, $this->other->id()] as $id) {
      \Drupal::service(PersonNotices::class)->add(new Notice((int) $id, NoticeKind::Draft, 'x', 'writer', (int) $this->runs['other']->id()));
    }
  }

  /**
   * The copy has what is theirs, and nothing of others.
   */
  public function testExport(): void {
    $copy = \Drupal::service(PersonExport::class)->of($this->person, TRUE);
    $this->assertSame(['Erika', 'Erika@example.com'], [$copy['account']['name'], $copy['account']['mail']]);
    $own = array_map(fn (string $name): string => $this->runs[$name]->uuid(), ['over', 'open', 'undecided']);
    $this->assertSame($own, array_column($copy['runs'], 'uuid'));
    $this->assertSame([], $copy['runs'][0]['events']);
    $this->assertSame([['refuse', 'Too long.']], array_map(static fn (array $decision): array => [$decision['action'], $decision['note']], $copy['decisions']));
    $this->assertSame([['rejected', 'Too long.']], array_map(static fn (array $draft): array => [$draft['status'], $draft['reason']], $copy['drafts']));
    $this->assertSame(['draft'], array_column($copy['notices'], 'kind'));
    $this->assertSame(['draft' => 'never'], $copy['notice_choices']);
    $this->assertSame([[], []], [$copy['sent_back'], $copy['proposed_rules']]);
    $this->assertSame([], $copy['checks']);
  }

  /**
   * Who checked an agent's words is told so, and is forgotten with the account.
   */
  public function testChecks(): void {
    $node = $this->article();
    $store = \Drupal::service(ProvenanceStore::class);
    foreach ([[1, $this->person], [2, $this->other]] as [$origin, $who]) {
      $store->write($node, new Provenance($origin, $this->runs['other']->uuid(), 'writer', 'scripted:test', 1, 5, ['title'], 60, (int) $who->id()));
    }
    $this->assertSame([[
      'entity_type' => 'node',
      'id' => $node->id(),
      'revision' => (int) $node->getRevisionId(),
      'langcode' => 'en',
      'agent' => 'writer',
      'time' => Json::time(60),
    ],
    ], \Drupal::service(PersonExport::class)->of($this->person, FALSE)['checks']);
    $this->person->delete();
    $this->assertSame([NULL, (int) $this->other->id()], array_column($store->of($node, (int) $node->getRevisionId()), 'checkedBy'));
    $this->assertSame([60, 60], array_column($store->of($node, (int) $node->getRevisionId()), 'checked'));
  }

  /**
   * No other column of this module's tables holds the id of a person.
   */
  public function testNothingIsLeft(): void {
    $uid = (int) $this->person->id();
    $store = \Drupal::service(ProvenanceStore::class);
    $store->write($this->article(), new Provenance(1, $this->runs['other']->uuid(), 'writer', 'scripted:test', 1, 5, ['title'], 60, $uid));
    \Drupal::service(CommandQueue::class)->add($this->runs['open'], 'pause', [], $uid, TRUE);
    \Drupal::service(SentBackStore::class)->add((int) $this->runs['other']->id(), $uid, 'Erika', []);
    $this->as($this->person, static fn () => \Drupal::service(ProposedRules::class)->propose('writer', 'Short.'));
    $this->person->delete();
    $schema = \Drupal::database()->schema();
    foreach ($schema->findTables('background_agents_%') as $table) {
      foreach (['uid', 'checked_by', 'decided_by', 'revision_uid', 'author'] as $column) {
        if ($schema->fieldExists($table, $column)) {
          $this->assertSame(0, (int) \Drupal::database()->select($table, 't')->condition($column, $uid)->countQuery()->execute()->fetchField(), "$table.$column");
        }
      }
      if ($schema->fieldExists($table, 'name')) {
        $this->assertSame(0, (int) \Drupal::database()->select($table, 't')->condition('name', 'Erika')->countQuery()->execute()->fetchField(), "$table.name");
      }
    }
  }

  /**
   * Core's four methods: two leave all, one gives runs to nobody, one deletes.
   */
  public function testCancel(): void {
    foreach (['user_cancel_block', 'user_cancel_block_unpublish'] as $method) {
      \Drupal::moduleHandler()->invokeAll('user_cancel', [[], $this->person, $method]);
      $this->assertSame(3, $this->rows('run', ['uid' => $this->person->id()]), $method);
    }
    \Drupal::moduleHandler()->invokeAll('user_cancel', [[], $this->person, 'user_cancel_reassign']);
    $this->person->delete();
    $this->assertGone();
    $this->assertSame(['over', 'open', 'undecided', 'other'], $this->left());
  }

  /**
   * With the account go runs that are over; work of the site stays, of nobody.
   */
  public function testDelete(): void {
    $this->person->delete();
    $this->assertGone();
    $this->assertSame(['open', 'undecided', 'other'], $this->left());
    $this->assertSame(1, $this->rows('run', ['uid' => $this->other->id()]));
  }

  private function assertGone(): void {
    $uid = $this->person->id();
    foreach (['run' => 'uid', 'change' => 'decided_by', 'audit' => 'uid', 'person_notice' => 'uid', 'notice_choice' => 'uid'] as $table => $column) {
      $this->assertSame(0, $this->rows($table, [$column => $uid]), $table);
    }
    $this->assertSame(1, $this->rows('person_notice'), 'Those of others stay.');
    $this->assertSame(1, $this->rows('audit'));
    $this->assertStringStartsWith('erased-', (string) \Drupal::database()->select('background_agents_audit', 'a')->fields('a', ['name'])->execute()->fetchField());
  }

  /**
   * Names of the runs that are still there.
   */
  private function left(): array {
    $storage = \Drupal::entityTypeManager()->getStorage('background_agents_run');
    $storage->resetCache();
    return array_keys(array_filter($this->runs, static fn (Run $run): bool => $storage->load($run->id()) !== NULL));
  }

  private function change(Run $run, array $values = []): Change {
    $article = $this->article();
    $change = Change::create($values + [
      'run' => $run->id(),
      'agent' => 'writer',
      'target_type' => 'node',
      'target_bundle' => 'article',
      'target_uuid' => $article->uuid(),
      'target_id' => $article->id(),
      'target_langcode' => 'en',
      'target_revision' => $article->getRevisionId(),
      'operation' => 'revise',
      'status' => Change::PENDING,
    ]);
    $change->save();
    return $change;
  }

}
