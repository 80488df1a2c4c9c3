<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Progress\ProgressItem;
use Drupal\background_agents\Progress\ProgressStoreInterface;
use Drupal\background_agents\Report\EventIntake;
use Drupal\background_agents\Run\RunData;
use Drupal\background_agents\Run\RunStore;
use Drupal\Component\Render\PlainTextOutput;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * What people are told of a run: sentences, a share, and the time left.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ProgressTest extends AgentsKernelTestBase {

  private Agent $agent;

  private Run $run;

  /**
   * The number of the last event.
   */
  private int $seq = 0;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->agent = $this->agent();
    $this->run = $this->running($this->agent, ['started' => \Drupal::time()->getCurrentTime() - 120]);
  }

  /**
   * Each step is a sentence; an item has its name for who may see it.
   */
  public function testSentences(): void {
    $shown = $this->article(['title' => 'About us', 'moderation_state' => 'published']);
    $hidden = $this->article(['title' => 'Secret plans', 'moderation_state' => 'draft']);
    $this->take(
      ['run_started', ['worker' => 'w']],
      ['step_started', ['number' => 1]],
      ['model_requested', ['model' => 'm:x']],
      ['model_responded', ['model' => 'm:x', 'tool_calls' => [['name' => 'read_item']]]],
      ['tool_started', ['tool' => 'read_item', 'call' => 'a', 'arguments' => $this->about($shown->uuid())]],
      ['tool_finished', ['tool' => 'read_item', 'call' => 'a', 'status' => 'ok']],
      ['tool_started', ['tool' => 'read_item', 'call' => 'b', 'arguments' => $this->about($hidden->uuid())]],
      ['tool_finished', ['tool' => 'read_item', 'call' => 'b', 'status' => 'error']],
      ['tool_started', ['tool' => 'find_items', 'call' => 'c', 'arguments' => ['entity_type' => 'node', 'bundle' => 'article']]],
      ['tool_finished', ['tool' => 'find_items', 'call' => 'c', 'status' => 'ok', 'result' => ['items' => [1, 2]]]],
      ['tool_started', ['tool' => 'mcp__mail__send', 'call' => 'd', 'arguments' => []]],
      ['progress_reported', ['done' => 1, 'total' => 4, 'note' => 'The first <b>part</b>']],
    );
    $this->setCurrentUser($this->createUser(['access content']));
    $this->assertSame([
      'The agent begins',
      'Waiting for the answer of the model',
      'The model asked for one tool',
      'Reading About us',
      'Read About us',
      'Reading an item',
      'Could not read an item',
      'Looking for content of type article',
      'Found 2 items of type article',
      'Calling send of mail',
      '1 of 4 done: The first <b>part</b>',
    ], $this->sentences());
    $this->setCurrentUser($this->createUser(['access content', 'view any unpublished content']));
    $this->assertContains('Reading Secret plans', $this->sentences());
    // What an agent says is text, never markup.
    $this->assertStringNotContainsString('<b>', (string) $this->report()->sentence);
    $this->assertTold(['1 of 4 done: The first <b>part</b>', 1, 4], 360);
  }

  /**
   * What a model says of its calls is not trusted.
   */
  public function testHostileCalls(): void {
    $uuid = $this->article(['title' => 'About us', 'moderation_state' => 'published'])->uuid();
    $this->take(
      ['tool_started', ['tool' => 'read_item', 'call' => 'a', 'arguments' => ['entity_type' => 'nothing', 'id' => $uuid]]],
      ['tool_started', ['tool' => 'read_item', 'call' => 'b', 'arguments' => ['entity_type' => 'user_role', 'id' => $uuid]]],
      ['tool_started', ['tool' => 'read_item', 'call' => 'c', 'arguments' => ['entity_type' => ['node'], 'id' => [$uuid]]]],
      ['tool_started', ['tool' => 'read_item', 'call' => 'd', 'arguments' => ['entity_type' => 'node', 'id' => "' OR 1=1"]]],
      ['tool_started', ['tool' => 'create_draft', 'call' => 'e', 'arguments' => ['fields' => ['title' => ['value' => ['x']]]]]],
      ['tool_started', ['tool' => 'create_draft', 'call' => 'f', 'arguments' => ['fields' => ['title' => "A\n\u{202E}<i>\u{0000}"]]]],
      ['tool_started', ['tool' => '<script>', 'call' => 'g', 'arguments' => 'text']],
      ['tool_finished', ['tool' => 'unheard', 'call' => 'z', 'status' => 'ok']],
      ['tool_started', ['tool' => 'create_draft', 'call' => 'h', 'arguments' => ['fields' => ['title' => str_repeat('é', 500)]]]],
    );
    $said = $this->sentences();
    $this->assertSame(array_fill(0, 4, 'Reading an item'), array_slice($said, 0, 4));
    $this->assertSame(['Writing a new draft', "Writing a new draft: A \u{FFFD}<i>\u{FFFD}", 'Calling <script>', 'Called unheard'], array_slice($said, 4, 4));
    $this->assertSame(mb_strlen('Writing a new draft: ') + 80, mb_strlen($said[8]));
  }

  /**
   * A run about several items counts those with a draft.
   */
  public function testShareOfItems(): void {
    \Drupal::service(RunData::class)->insert((int) $this->run->id(), (object) [], array_fill(0, 3, ['entity_type' => 'node']));
    $this->assertSame([0, 3, NULL], array_slice($this->told(), 1));
    $node = $this->article(['title' => 'About us', 'moderation_state' => 'published']);
    foreach ([1, 2] as $revision) {
      Change::create(['run' => $this->run->id(), 'agent' => 'writer', 'target_type' => 'node', 'target_bundle' => 'article', 'target_uuid' => $node->uuid(), 'target_id' => $node->id(), 'target_langcode' => 'en', 'target_revision' => $revision, 'operation' => 'revise', 'summary' => 'A draft.'])->save();
    }
    $this->take(['change_saved', ['operation' => 'revise', 'entity_type' => 'node', 'entity' => $node->uuid(), 'revision' => 2, 'label' => 'About us']]);
    $this->assertTold(['Draft 2 of 3 saved: About us', 1, 3], 240);
    // More than there are cannot be done, and the time left is not told then.
    $this->take(['progress_reported', ['done' => 9, 'total' => 4]]);
    $this->assertSame([4, 4, NULL], array_slice($this->told(), 1));
  }

  /**
   * An agent may tell nothing: no sentence, and no word of models and tools.
   */
  public function testSilentAgent(): void {
    $this->agent->set('progress', FALSE)->save();
    $this->take(
      ['model_requested', ['model' => 'm:x', 'messages' => [['role' => 'user', 'content' => 'private']]]],
      ['model_responded', ['model' => 'm:x', 'text' => 'private', 'tool_calls' => [], 'usage' => ['input_tokens' => 5, 'output_tokens' => 2]]],
      ['tool_started', ['tool' => 'read_item', 'call' => 'a', 'label' => 'private', 'arguments' => ['id' => 'private', 'long' => str_repeat('private', 1000)]]],
      ['tool_finished', ['tool' => 'read_item', 'call' => 'a', 'status' => 'ok', 'result' => 'private', 'milliseconds' => 7]],
      ['progress_reported', ['done' => 1, 'total' => 2, 'note' => 'private']],
      ['run_waiting', ['for' => 'retry', 'message' => 'The model does not answer.']],
    );
    $this->assertNull($this->report());
    $this->assertSame([], $this->sentences());
    $stored = \Drupal::database()->query('SELECT GROUP_CONCAT(data) FROM {background_agents_event}')->fetchField();
    $this->assertStringNotContainsString('private', $stored);
    $this->assertStringContainsString('The model does not answer.', $stored);
    $this->assertStringContainsString('"milliseconds":7', $stored);
    $this->assertSame(0, $this->rows('event_payload'));
    // The same again is the same event, though less of it is stored.
    $this->seq = 0;
    $this->take(['model_requested', ['model' => 'm:x', 'messages' => [['role' => 'user', 'content' => 'private']]]]);
    // Told again: what comes from then on is kept.
    $this->agent->set('progress', TRUE)->save();
    $this->seq = 6;
    $this->take(['model_responded', ['model' => 'm:x', 'text' => 'public']]);
    $this->assertContains('The model answered', $this->sentences());
  }

  /**
   * Takes in events, given as type and data, as the sidecar reports them.
   */
  private function take(array ...$events): void {
    $items = [];
    foreach ($events as [$type, $data]) {
      $this->seq++;
      $items[] = json_decode((string) json_encode(['seq' => $this->seq, 'type' => $type, 'time' => '2026-11-20T09:15:00Z', 'step' => 1, 'data' => $data, 'hash' => md5($this->seq . $type)]));
    }
    $item = (object) ['run' => $this->run->uuid(), 'attempt' => 1, 'generation' => 1, 'events' => $items];
    $answer = \Drupal::service(EventIntake::class)->takeIn([$item])[$this->run->uuid()];
    $this->assertSame('ok', $answer['status'], (string) json_encode($answer));
    $this->run = \Drupal::service(RunStore::class)->load((int) $this->run->id());
  }

  /**
   * The arguments of a call that is about an article.
   */
  private function about(string $uuid): array {
    return ['entity_type' => 'node', 'bundle' => 'article', 'id' => $uuid];
  }

  private function report(): mixed {
    return \Drupal::service(ProgressStoreInterface::class)->report($this->run);
  }

  /**
   * The sentence as text, items done, items in all, seconds left.
   */
  private function told(): array {
    $report = $this->report();
    return [PlainTextOutput::renderFromHtml($report->sentence), $report->done, $report->total, $report->secondsLeft];
  }

  /**
   * What is told of the run; the time left grows while the test runs.
   */
  private function assertTold(array $expected, int $left): void {
    $told = $this->told();
    $this->assertSame($expected, array_slice($told, 0, 3));
    $this->assertGreaterThanOrEqual($left, $told[3]);
    $this->assertLessThan(2 * $left, $told[3]);
  }

  /**
   * All sentences of the run, as text.
   *
   * @return string[]
   *   The oldest first.
   */
  private function sentences(): array {
    return array_map(static fn (ProgressItem $item): string => PlainTextOutput::renderFromHtml($item->sentence), \Drupal::service(ProgressStoreInterface::class)->items($this->run));
  }

}
