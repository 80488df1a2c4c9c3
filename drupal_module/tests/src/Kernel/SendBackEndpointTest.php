<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\node\NodeInterface;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Programs send drafts back, and answer questions; agents do neither.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class SendBackEndpointTest extends ReviewKernelTestBase {

  use EndpointRequests;

  private UserInterface $person;
  private Run $run;
  private NodeInterface $article;
  private Change $change;
  private string $path;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    // What a dispatch key leaves of a person.
    $this->role('person', ['view own background agent runs', 'manage own background agent runs']);
    $this->person = $this->account('paula', 'person');
    $this->config('background_agents.settings')->set('guard.least_of_both', FALSE)->save();
    $this->run = $this->running($this->agent(), ['uid' => $this->person->id()]);
    $this->article = $this->article();
    $this->change = $this->left($this->run, $this->article);
    $this->path = "runs/{$this->run->uuid()}/send-back";
  }

  /**
   * Who manages the run sends its draft back, once; the agent is told.
   */
  public function testWhoManages(): void {
    $this->finish($this->run, reason: 'done');
    $run = $this->found($this->person, $this->path, 'run', ['note' => 'Shorter.', 'remarks' => [['field' => 'title', 'text' => 'No "better".']]]);
    $this->assertSame(['queued', 2, 'pending'], [$run['state'], $run['generation'], $run['changes'][0]['status']]);
    $job = \Drupal::service('Drupal\background_agents\Sidecar\Outbox')->jobOf($this->run->uuid());
    $this->assertSame(['paula', ['Shorter.', 'No "better".']], [$job->review->by, array_column($job->review->remarks, 'text')]);
    $again = $this->assertRefusedRequest(409, 'review_refused', $this->person, $this->path, ['note' => 'And shorter.']);
    $this->assertStringStartsWith('paula has sent this draft back already', $again['detail']);
  }

  /**
   * Who may see the run only, or another one's, may not; agents never.
   */
  public function testWhoMayNot(): void {
    $this->role('viewer', ['view any background agent run']);
    $said = ['note' => 'Shorter.'];
    $this->assertRefusedRequest(403, 'forbidden', $this->account('vera', 'viewer'), $this->path, $said);
    $this->assertRefusedRequest(403, 'forbidden', $this->account('nina', 'person'), $this->path, $said);
    $this->assertRefusedRequest(404, 'not_found', $this->person, 'runs/00000000-0000-4000-8000-000000000000/send-back', $said);
    $agent = $this->accountOf($this->run->getAgent());
    $this->inRun($this->run, fn (): array => $this->assertRefusedRequest(403, 'forbidden', $agent, $this->path, $said));
    // Not even for a run that it has started, and whatever its account may.
    $this->role('careless', ['manage any background agent run', 'view any background agent run', 'review background agent drafts']);
    $agent->addRole('careless')->save();
    $child = $this->running($this->run->getAgent(), ['parent' => $this->run->uuid()]);
    $this->left($child, $this->article(['title' => 'Butter']), ['title' => 'Better butter']);
    $this->inRun($this->run, fn (): array => $this->assertRefusedRequest(403, 'forbidden', $agent, "runs/{$child->uuid()}/send-back", $said));
    $this->inRun($this->run, fn (): array => $this->assertRefusedRequest(403, 'forbidden', $agent, "runs/{$child->uuid()}/answer", ['id' => 'q', 'decision' => 'approve']));
    $this->assertSame(0, $this->rows('sent_back'));
  }

  /**
   * A reviewer who may not manage the run sends back, too.
   */
  public function testReviewer(): void {
    $this->role('viewer', ['view any background agent run']);
    $this->editor->addRole('viewer')->save();
    $this->finish($this->run, reason: 'done');
    $this->assertSame('queued', $this->found($this->editor, $this->path, 'run', ['note' => 'Shorter.'])['state']);
  }

  /**
   * What changed since it was seen, was decided, or cannot be said.
   */
  public function testRefusals(): void {
    $seen = (string) $this->seen($this->change);
    $edited = $this->latest($this->article);
    $edited->setTitle('By an editor')->setNewRevision();
    $edited->save();
    $this->assertRefusedRequest(409, 'review_refused', $this->person, $this->path, ['note' => 'x', 'seen' => $seen]);
    foreach ([
      '/remarks/0/field' => ['remarks' => [['field' => 'body', 'text' => 'x']]],
      '/remarks/1/field' => ['remarks' => [['field' => 'title', 'text' => 'x'], ['field' => 'title', 'text' => 'y']]],
      '/draft' => ['draft' => '00000000-0000-4000-8000-000000000000', 'note' => 'x'],
      '/note' => ['note' => str_repeat('x', 2001)],
      '/reason' => ['note' => 'x', 'reason' => 'y'],
    ] as $pointer => $body) {
      $this->assertSame($pointer, $this->assertRefusedRequest(422, 'invalid', $this->person, $this->path, $body)['errors'][0]['pointer']);
    }
    $this->assertRefusedRequest(422, 'invalid', $this->person, $this->path, []);
    $this->assertRefusedRequest(422, 'invalid', $this->person, "$this->path?note=x", ['note' => 'x']);
    $this->assertRefusedRequest(409, 'review_refused', $this->person, $this->path, ['note' => ' ']);
    $secret = $this->assertRefusedRequest(409, 'review_refused', $this->person, $this->path, ['note' => 'Use ' . self::SECRET]);
    $this->assertStringNotContainsString(self::SECRET, $secret['detail']);
    $other = $this->left($this->run, $this->article(['title' => 'Butter']), ['title' => 'Better butter']);
    $this->assertSame('/draft', $this->assertRefusedRequest(422, 'invalid', $this->person, $this->path, ['note' => 'x'])['errors'][0]['pointer']);
    $this->refuse($other, reason: 'No.');
    $this->assertRefusedRequest(409, 'review_refused', $this->person, $this->path, ['draft' => $other->uuid(), 'note' => 'x']);
    $this->refuse($this->change);
    $this->assertRefusedRequest(409, 'review_refused', $this->person, $this->path, ['note' => 'x']);
    $this->assertSame(0, $this->rows('sent_back'));
  }

  /**
   * The public word is answer; the former one is the same.
   */
  public function testAnswer(): void {
    $path = "runs/{$this->run->uuid()}";
    $this->assertSame('decide', $this->found($this->person, "$path/answer", 'run', ['id' => 'q1', 'decision' => 'approve'])['pending_command']);
    $this->found($this->person, "$path/decide", 'run', ['id' => 'q1', 'decision' => 'approve']);
    $this->assertSame(1, $this->rows('command'));
    $this->assertRefusedRequest(409, 'decided', $this->person, "$path/answer", ['id' => 'q1', 'decision' => 'reject']);
    $this->assertRefusedRequest(422, 'invalid', $this->person, "$path/answer", ['id' => 'q1']);
    $this->assertRefusedRequest(422, 'invalid', $this->person, "$path/answer", ['id' => 'q1', 'decision' => 'perhaps']);
  }

}
