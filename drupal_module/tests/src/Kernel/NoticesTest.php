<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Audit\Decision;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Housekeeping;
use Drupal\background_agents\Notice\Notice;
use Drupal\background_agents\Notice\NoticeChoices;
use Drupal\background_agents\Notice\NoticeKind;
use Drupal\background_agents\Notice\NoticeMode;
use Drupal\background_agents\Notice\NoticeRounds;
use Drupal\background_agents\Notice\PersonNotices;
use Drupal\background_agents\Run\RunState;
use Drupal\Core\Test\AssertMailTrait;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * People are told of ends of runs, once each, and mailed as they choose.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class NoticesTest extends AgentsKernelTestBase {

  use AssertMailTrait;

  private Agent $agent;

  private UserInterface $editor;

  private UserInterface $reviewer;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->config('system.site')->set('name', 'Town & Hall')->set('mail', 'site@example.com')->save();
    $this->agent = $this->agent('writer', values: ['label' => 'Writer & "Co"']);
    $edit = ['access content', 'edit any article content', 'use editorial transition create_new_draft', 'review background agent drafts'];
    $this->role('editor', [...$edit, 'view own background agent runs']);
    $this->role('reader', ['access content']);
    $this->editor = $this->account('editor', 'editor');
    $this->reviewer = $this->account('reviewer', 'editor');
  }

  /**
   * Who asked for the run is told of its drafts, as one; others who chose so.
   */
  public function testDrafts(): void {
    $this->choose($this->editor, ['draft' => NoticeMode::Now]);
    $run = $this->running($this->agent, ['uid' => $this->editor->id()]);
    $this->draft($run);
    $this->draft($run);
    $this->end($run);
    $this->assertSame([['editor', 'draft', 2]], $this->told());
    [$mail] = $this->mails();
    $this->assertSame('editor@example.com', $mail['to']);
    $this->assertSame('Town & Hall: The agent Writer & "Co" left 2 drafts for you to review.', $mail['subject']);
    $this->assertStringContainsString('/admin/content/agents', $mail['body']);
    $this->assertStringContainsString("/user/{$this->editor->id()}/agent-notices", $mail['body']);

    $this->choose($this->reviewer, ['review' => NoticeMode::Digest]);
    $this->end($this->drafted());
    $this->assertSame([['editor', 'draft', 2], ['reviewer', 'review', 1]], $this->told());
    $reader = $this->account('reader', 'reader');
    $this->choose($reader, ['review' => NoticeMode::Now]);
    $this->end($this->drafted(['uid' => $reader->id()]));
    $this->assertSame(2, $this->amountOf('reviewer'), 'Who may not review what they asked for: others are told.');
    $this->assertSame(0, $this->amountOf('reader'));
  }

  /**
   * Who sent a draft back is told that it is back, not who asked for the run.
   */
  public function testBack(): void {
    $run = $this->drafted(['uid' => $this->editor->id(), 'generation' => 2]);
    \Drupal::service(AuditLog::class)->record(Decision::aboutRun($run, 'send_back', (int) $this->reviewer->id(), Decision::SITE));
    $this->end($run);
    $this->assertSame([['reviewer', 'back', 1]], $this->told());
  }

  /**
   * Failures: who asked, who administers; a streak and a budget once.
   */
  public function testFailures(): void {
    $this->config('background_agents.settings')->set('notice.failing_after', 2)->save();
    $this->createUser(['administer background agents'], 'chief');
    $this->end($this->running($this->agent, ['uid' => $this->editor->id()]), RunState::Failed, 'model:timeout');
    $failed = [['chief', 'failed', 0], ['editor', 'failed', 0]];
    $this->assertSame($failed, $this->told(['root']));
    for ($i = 0; $i < 2; $i++) {
      $this->end($this->running($this->agent), RunState::Failed, 'model:timeout');
    }
    $this->assertSame(1, $this->amountOf('chief', 'failing'));
    $this->end($this->running($this->agent));
    for ($i = 0; $i < 2; $i++) {
      $this->end($this->running($this->agent), RunState::Expired, 'expired');
    }
    $this->assertSame(2, $this->amountOf('chief', 'failing'), 'After a success a new streak is told.');
    $this->end($this->running($this->agent), RunState::Cancelled, 'cancelled');
    for ($i = 0; $i < 2; $i++) {
      $this->end($this->running($this->agent), RunState::Failed, 'limit:budget_agent');
    }
    $this->assertSame(1, $this->amountOf('chief', 'budget'), 'Once a day.');
    $this->assertSame(5, $this->amountOf('chief', 'failed'));
    $this->assertSame(1, $this->amountOf('editor'));
  }

  /**
   * A person gets one mail in a while, whatever comes; a blocked one none.
   */
  public function testGathered(): void {
    $this->choose($this->editor, ['draft' => NoticeMode::Now, 'failed' => NoticeMode::Digest]);
    for ($i = 0; $i < 6; $i++) {
      $this->end($this->drafted(['uid' => $this->editor->id()]));
    }
    $this->assertCount(1, $this->mails());
    $this->later('mailed');
    \Drupal::service(NoticeRounds::class)->send();
    $mails = $this->mails();
    $this->assertCount(2, $mails);
    $this->assertStringContainsString('left 5 drafts', $mails[1]['subject']);
    $this->assertSame(1, substr_count($mails[1]['body'], 'left 5 drafts'));
    $this->later('mailed');
    \Drupal::service(NoticeRounds::class)->send();
    $this->assertCount(2, $this->mails(), 'Nothing is mailed twice.');
    $this->end($this->drafted(['uid' => $this->editor->id()]));
    $this->assertCount(3, $this->mails());
    $this->end($this->drafted(['uid' => $this->editor->id()]));
    $this->editor->block()->save();
    $this->later('mailed');
    \Drupal::service(NoticeRounds::class)->send();
    $this->assertCount(3, $this->mails());
    $this->assertSame(0, $this->open());
  }

  /**
   * One digest a day; two crons at once send it once; a failed mail again.
   */
  public function testDigest(): void {
    $this->end($this->drafted(['uid' => $this->editor->id()]));
    $this->assertSame([], $this->mails(), 'The site says: with the digest.');
    $choices = \Drupal::service(NoticeChoices::class);
    $uid = (int) $this->editor->id();
    $day = \Drupal::time()->getCurrentTime() - 86400;
    $this->assertTrue($choices->claim($uid, NoticeMode::Digest, $day), 'Another cron has begun.');
    \Drupal::service(NoticeRounds::class)->sendByCron();
    $this->assertSame([], $this->mails());
    $choices->release($uid, NoticeMode::Digest, FALSE);
    \Drupal::service(NoticeRounds::class)->sendByCron();
    $this->assertSame([], $this->mails(), 'It failed: after a while it is tried again.');
    $this->assertSame(1, $this->open(), 'Nothing is lost.');
    \Drupal::database()->update('background_agents_notice_choice')->fields(['claimed_until' => 0])->execute();
    \Drupal::service(NoticeRounds::class)->sendByCron();
    $this->assertCount(1, $this->mails());
    $this->assertSame('Town & Hall: what agents did', $this->mails()[0]['subject']);
    $this->end($this->drafted(['uid' => $this->editor->id()]));
    \Drupal::service(NoticeRounds::class)->sendByCron();
    $this->assertCount(1, $this->mails(), 'The next one is due tomorrow.');
    $this->later('digested');
    \Drupal::service(NoticeRounds::class)->sendByCron();
    $this->assertCount(2, $this->mails());
  }

  /**
   * A mail that the site could not send stays to be sent.
   */
  public function testMailFails(): void {
    $this->choose($this->editor, ['draft' => NoticeMode::Now]);
    $this->mailBy('no_such_plugin');
    $this->end($this->drafted(['uid' => $this->editor->id()]));
    $this->assertSame(1, $this->open());
    $this->mailBy('test_mail_collector');
    \Drupal::database()->update('background_agents_notice_choice')->fields(['claimed_until' => 0])->execute();
    \Drupal::service(NoticeRounds::class)->send();
    $this->assertCount(1, $this->mails());
    $this->assertSame(0, $this->open());
  }

  /**
   * A person's choice holds for what waits, too; old notices are deleted.
   */
  public function testChoiceAndRetention(): void {
    $this->end($this->drafted(['uid' => $this->editor->id()]));
    $notices = \Drupal::service(PersonNotices::class);
    $uid = (int) $this->editor->id();
    $this->assertSame(1, $notices->unseen($uid));
    $notices->rechoose($uid, ['draft' => NoticeMode::Never]);
    \Drupal::service(NoticeRounds::class)->sendByCron();
    $this->assertSame([], $this->mails());
    $notices->seen($uid);
    $this->assertSame(0, $notices->unseen($uid));
    $notices->add(new Notice($uid, NoticeKind::Draft, 'old', 'writer', NULL));
    \Drupal::database()->update('background_agents_person_notice')->fields(['created' => 1])->condition('run', NULL, 'IS NULL')->execute();
    \Drupal::database()->update('background_agents_notice')->fields(['told' => 1])->execute();
    \Drupal::service(Housekeeping::class)->tidy();
    $this->assertSame(1, $this->rows('person_notice'));
    $this->assertSame(0, $this->rows('notice'));
  }

  /**
   * Kernel tests set the way of mails above all configuration.
   */
  private function mailBy(string $plugin): void {
    $GLOBALS['config']['system.mail']['interface']['default'] = $plugin;
    \Drupal::configFactory()->reset('system.mail');
  }

  private function choose(UserInterface $person, array $choices): void {
    \Drupal::service(NoticeChoices::class)->save((int) $person->id(), $choices);
  }

  private function end(Run $run, RunState $state = RunState::Completed, string $reason = ''): void {
    $this->finish($run, $state, $reason);
    \Drupal::entityTypeManager()->getStorage('background_agents_run')->resetCache();
    \Drupal::service(NoticeRounds::class)->send();
  }

  private function drafted(array $values = []): Run {
    $run = $this->running($this->agent, $values);
    $this->draft($run);
    return $run;
  }

  private function draft(Run $run): void {
    $article = $this->article();
    Change::create([
      'run' => $run->id(),
      'agent' => 'writer',
      'target_type' => 'node',
      'target_bundle' => 'article',
      'target_uuid' => $article->uuid(),
      'target_id' => $article->id(),
      'target_langcode' => 'en',
      'target_revision' => $article->getRevisionId(),
      'operation' => 'revise',
      'generation' => $run->getGeneration(),
      'status' => Change::PENDING,
    ])->save();
  }

  /**
   * Who was told what, with the amount; by name and kind.
   */
  private function told(array $without = []): array {
    $query = \Drupal::database()->select('background_agents_person_notice', 'n')->fields('n', ['kind', 'amount']);
    $query->join('users_field_data', 'u', '[u].[uid] = [n].[uid]');
    $rows = $query->fields('u', ['name'])->orderBy('u.name')->orderBy('kind')->execute()->fetchAll();
    $told = array_map(static fn (\stdClass $row): array => [$row->name, $row->kind, (int) $row->amount], $rows);
    return array_values(array_filter($told, static fn (array $row): bool => !in_array($row[0], $without, TRUE)));
  }

  private function amountOf(string $name, ?string $kind = NULL): int {
    return count(array_filter($this->told(), static fn (array $row): bool => $row[0] === $name && ($kind === NULL || $row[1] === $kind)));
  }

  /**
   * Notices that are still to be mailed.
   */
  private function open(): int {
    return (int) \Drupal::database()->select('background_agents_person_notice', 'n')->isNull('mailed')->countQuery()->execute()->fetchField();
  }

  /**
   * As if the last mail of each person was long ago.
   */
  private function later(string $column): void {
    \Drupal::database()->update('background_agents_notice_choice')->fields([$column => 1])->execute();
  }

  /**
   * The mails to people.
   */
  private function mails(): array {
    return array_values(array_filter($this->getMails(), static fn (array $mail): bool => $mail['key'] === 'notices' && $mail['to'] !== 'root@example.com'));
  }

}
