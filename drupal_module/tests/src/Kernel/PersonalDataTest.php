<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Audit\Decision;
use Drupal\background_agents\Audit\PersonExport;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Notice\Notice;
use Drupal\background_agents\Notice\NoticeChoices;
use Drupal\background_agents\Notice\NoticeKind;
use Drupal\background_agents\Notice\NoticeMode;
use Drupal\background_agents\Notice\PersonNotices;
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
