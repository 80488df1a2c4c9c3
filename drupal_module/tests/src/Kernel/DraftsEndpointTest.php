<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Run;
use Drupal\filter\Entity\FilterFormat;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The drafts of a run for programs: who sees them, and what differs.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class DraftsEndpointTest extends ReviewKernelTestBase {

  use EndpointRequests;

  private UserInterface $person;
  private Run $run;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    FilterFormat::create(['format' => 'html', 'name' => 'HTML', 'filters' => []])->save();
    $this->field('body', 'text_with_summary');
    $this->field('field_note', 'string', values: ['label' => 'Note']);
    // No permission to see content: what a dispatch key leaves of a person.
    $this->role('person', ['view own background agent runs', 'manage own background agent runs']);
    $this->person = $this->account('paula', 'person');
    $this->role('writer_html', ['use text format html']);
    $agent = $this->agent();
    $this->accountOf($agent)->addRole('writer_html')->save();
    $this->run = $this->running($agent, ['uid' => $this->person->id()]);
    $this->config('background_agents.settings')->set('guard.least_of_both', FALSE)->save();
  }

  /**
   * What differs is told as plain text, piece by piece.
   */
  public function testDifference(): void {
    $article = $this->article(['title' => 'A < B & "C"', 'body' => ['value' => '<p>Old <a href="/a">bread</a> is good.</p>', 'format' => 'html']]);
    $this->left($this->run, $article, [
      'title' => 'A < B & "D"',
      'body' => [(object) ['value' => '<p>New <a href="/b">bread</a> is good.</p><p>More &amp; more.</p>', 'format' => 'html']],
    ]);
    ['drafts' => [$draft], 'next' => $next] = $this->found($this->person, "runs/{$this->run->uuid()}/drafts", 'drafts');
    $this->assertNull($next);
    $fields = array_column($draft['fields'], NULL, 'name');
    $this->assertSame(['title', 'body'], array_keys($fields));
    $this->assertSame(['A < B & "C"', 'A < B & "D"'], [$fields['title']['before'], $fields['title']['after']]);
    $pieces = static fn (array $field): array => array_map(static fn (array $part): array => [$part['kind'], $part['text']], $field['diff']);
    $this->assertSame([['same', 'A < B & '], ['removed', '"C"'], ['added', '"D"']], $pieces($fields['title']));
    $this->assertSame([
      ['removed', 'Old <a href="/a">bread</a>'],
      ['added', 'New <a href="/b">bread</a>'],
      ['same', " is good.\n"],
      ['added', 'More & more.'],
    ], $pieces($fields['body']));
    $this->assertSame(['draft', 'pending', TRUE], [$draft['state'], $draft['status'], $fields['body']['by_agent']]);
    $this->assertMatchesRegularExpression('#/admin/content/agents/\d+$#', $draft['url']);
    $this->assertSame((int) $article->getRevisionId(), $draft['base_revision']);
    $this->assertSame($this->latest($article)->getRevisionId() . '.' . $article->getRevisionId(), $draft['seen']);
  }

  /**
   * A new item is compared with nothing; one that is gone has no fields.
   */
  public function testNewAndGone(): void {
    $change = $this->left($this->run, NULL, ['title' => 'Fresh bread']);
    [$draft] = $this->found($this->person, "runs/{$this->run->uuid()}/drafts", 'drafts')['drafts'];
    $this->assertSame([NULL, NULL, 'Fresh bread'], [$draft['base_revision'], $draft['fields'][0]['before'], $draft['fields'][0]['after']]);
    $change->getTarget()->delete();
    foreach ($this->found($this->person, "runs/{$this->run->uuid()}/drafts", 'drafts')['drafts'] as $draft) {
      $this->assertSame([[], NULL], [$draft['fields'], $draft['seen']]);
    }
  }

  /**
   * Who asked sees what the agent set; what an editor added, who sees content.
   */
  public function testWhoSees(): void {
    $article = $this->article();
    $this->left($this->run, $article);
    $edited = $this->latest($article);
    $edited->set('field_note', 'Secret note of an editor')->setNewRevision();
    $edited->save();
    $names = fn (UserInterface $who): array => array_column($this->found($who, "runs/{$this->run->uuid()}/drafts", 'drafts')['drafts'][0]['fields'], 'name');
    $this->assertSame(['title'], $names($this->person));
    $this->role('overseer', ['view any background agent run']);
    $this->editor->addRole('overseer')->save();
    $this->assertSame(['title', 'field_note'], $names($this->editor));
    $this->assertSame(['title', 'field_note'], $this->inRun($this->run, fn (): array => $names($this->accountOf($this->run->getAgent()))));
    $foreign = $this->running($this->run->getAgent(), ['uid' => $this->editor->id()]);
    $this->assertRefusedRequest(403, 'forbidden', $this->person, "runs/{$foreign->uuid()}/drafts");
    $this->assertRefusedRequest(404, 'not_found', $this->person, 'runs/00000000-0000-4000-8000-000000000000/drafts');
    $this->assertRefusedRequest(422, 'invalid', $this->person, "runs/{$this->run->uuid()}/drafts?limit=51");
    $this->assertRefusedRequest(422, 'invalid', $this->person, "runs/{$this->run->uuid()}/drafts?cursor=MS4y");
  }

  /**
   * Pages, and values that are too long to be compared.
   */
  public function testPagesAndLongValues(): void {
    foreach (['One', 'Two', 'Three'] as $title) {
      $this->left($this->run, $this->article(), ['title' => $title]);
    }
    $first = $this->found($this->person, "runs/{$this->run->uuid()}/drafts?limit=2", 'drafts');
    $second = $this->found($this->person, "runs/{$this->run->uuid()}/drafts?limit=2&cursor={$first['next']}", 'drafts');
    $this->assertSame([['One', 'Two'], ['Three'], NULL], [array_column($first['drafts'], 'label'), array_column($second['drafts'], 'label'), $second['next']]);
    $this->left($this->run, $this->article(), ['body' => [(object) ['value' => '<p>' . str_repeat('Brot ', 30_000) . '</p>', 'format' => 'html']]]);
    $last = $this->found($this->person, "runs/{$this->run->uuid()}/drafts", 'drafts')['drafts'][3];
    $this->assertSame([100_000, [], TRUE], [mb_strlen($last['fields'][0]['after']), $last['fields'][0]['diff'], $last['fields'][0]['cut']]);
  }

}
