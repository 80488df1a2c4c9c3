<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Draft\DraftAnswer;
use Drupal\background_agents\Draft\DraftRequest;
use Drupal\background_agents\Draft\DraftWriter;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Http\ProblemException;
use Drupal\language\Entity\ConfigurableLanguage;
use Drupal\node\NodeInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The draft writer: one draft per key, on what the agent has read.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class DraftWriterTest extends AgentsKernelTestBase {

  private Run $run;

  private NodeInterface $article;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    // Answers name URLs. To make its table within a draft's transaction would
    // commit that.
    \Drupal::service('router.builder')->rebuild();
    $this->run = $this->running($this->agent());
    $this->article = $this->article();
  }

  /**
   * A new item is an unpublished draft of the agent's account, with a change.
   */
  public function testCreate(): void {
    $answer = $this->write(['operation' => 'create', 'fields' => ['title' => 'Rolls']]);

    $this->assertSame([201, FALSE], [$answer->status(), $answer->replayed]);
    $node = \Drupal::entityTypeManager()->getStorage('node')->load($answer->toArray()['entity_id']);
    $this->assertSame(['Rolls', 'draft', FALSE], [$node->label(), $node->get('moderation_state')->value, $node->isPublished()]);
    $this->assertSame($this->run->getAccountUuid(), $node->getOwner()->uuid());
    $this->assertStringContainsString($this->run->uuid(), $node->getRevisionLogMessage());
    $change = $this->change();
    $this->assertSame(['create', NULL, TRUE], [$change->getOperation(), $change->getBaseRevisionId(), $change->isPending()]);
    $this->assertSame((int) $node->getRevisionId(), $change->getTargetRevisionId());
  }

  /**
   * A revision on top of a published one leaves what visitors see alone.
   */
  public function testRevise(): void {
    $answer = $this->write($this->revision(['title' => 'Better bread']))->toArray();

    $this->assertSame('Bread', $this->stored($this->article)->label());
    $draft = $this->latest($this->article);
    $this->assertSame(['Better bread', 'draft', (int) $answer['revision']], [$draft->label(), $draft->get('moderation_state')->value, (int) $draft->getRevisionId()]);
    $this->assertSame((int) $this->article->getRevisionId(), $this->change()->getBaseRevisionId());
  }

  /**
   * The same request again gives the same answer and no second draft.
   */
  public function testReplay(): void {
    $request = $this->revision(['title' => 'Better bread']);
    $first = $this->write($request);
    $second = $this->write($request);

    $this->assertTrue($second->replayed);
    $this->assertSame(['replayed' => TRUE] + $first->toArray(), ['replayed' => TRUE] + $second->toArray());
    $this->assertCount(1, Change::loadMultiple());
    $revisions = \Drupal::entityQuery('node')->accessCheck(FALSE)->allRevisions()->condition('nid', $this->article->id())->execute();
    $this->assertCount(2, $revisions);

    // Another request under a key that was used is refused, and stores nothing.
    $this->assertRefused(422, 'key_reused', $this->revision(['title' => 'Other bread']));
    $this->assertSame('Better bread', $this->latest($this->article)->label());
  }

  /**
   * Only the attempt that was handed out last leaves drafts.
   */
  public function testStaleAttempt(): void {
    \Drupal::database()->update('background_agents_outbox')->fields(['attempt' => 3])->execute();
    $this->assertRefused(409, 'stale_attempt', $this->revision(['title' => 'Late'], ['attempt' => 2]));
    $this->assertRefused(409, 'stale_attempt', $this->revision(['title' => 'Early'], ['attempt' => 4]));
    $this->assertSame('Bread', $this->latest($this->article)->label());
    $this->write($this->revision(['title' => 'In time'], ['attempt' => 3]));
    $this->assertSame('In time', $this->latest($this->article)->label());
  }

  /**
   * What an ended run sends, and what another run's token carries, is refused.
   */
  public function testOtherRun(): void {
    $this->assertRefused(403, 'forbidden', $this->revision(['title' => 'No'], ['run' => '00000000-0000-4000-8000-000000000000']));
    $this->assertRefused(403, 'forbidden', $this->revision(['title' => 'No'], ['generation' => 2]));
    \Drupal::database()->delete('background_agents_outbox')->execute();
    $this->assertRefused(401, 'run_ended', $this->revision(['title' => 'No']));
    $this->assertSame('Bread', $this->latest($this->article)->label());
  }

  /**
   * What an editor saved since the agent read it is not overwritten.
   */
  public function testConflictWithAnEditor(): void {
    $request = $this->revision(['title' => 'Of the agent']);
    $this->article->set('title', 'Of the editor')->set('moderation_state', 'draft')->setNewRevision();
    $this->article->save();

    $problem = $this->assertRefused(409, 'revision_conflict', $request);
    $this->assertSame((int) $this->article->getRevisionId(), $problem->extra['current_revision']);
    $this->assertSame('Of the editor', $this->latest($this->article)->label());
    $this->assertSame(0, $this->rows('effect'));
  }

  /**
   * A translation is drafted by itself, if the agent may write its language.
   */
  public function testTranslation(): void {
    ConfigurableLanguage::createFromLangcode('de')->save();
    $german = $this->article->addTranslation('de', ['title' => 'Brot', 'moderation_state' => 'published']);
    $german->setNewRevision();
    $german->save();
    $english = $this->running($this->agent('english', ['langcodes' => ['en']]));
    $this->assertRefused(403, 'forbidden', $this->revision(['title' => 'Roggenbrot'], ['langcode' => 'de']), $english);

    $this->write($this->revision(['title' => 'Roggenbrot'], ['langcode' => 'de']));
    $draft = $this->latest($this->article);
    $this->assertSame(['Roggenbrot', 'draft'], [$draft->getTranslation('de')->label(), $draft->getTranslation('de')->get('moderation_state')->value]);
    $this->assertSame(['Bread', 'published'], [$draft->label(), $draft->get('moderation_state')->value]);
    $live = $this->stored($this->article);
    $this->assertSame(['Brot', TRUE], [$live->getTranslation('de')->label(), $live->getTranslation('de')->isPublished()]);
  }

  /**
   * A field value that the field refuses is told with its pointer.
   */
  public function testInvalidValue(): void {
    $problem = $this->assertRefused(422, 'invalid', $this->revision(['title' => str_repeat('x', 300)]));
    $this->assertSame('/fields/title', substr($problem->errors[0]['pointer'], 0, 13));
    $this->assertRefused(422, 'invalid', ['operation' => 'publish'] + $this->revision(['title' => 'No']));
  }

  /**
   * The limit of drafts of a run holds.
   */
  public function testLimit(): void {
    $few = $this->running($this->agent('few', ['limits' => ['writes' => 1]]));
    $this->write($this->revision(['title' => 'One'], ['key' => str_repeat('1', 64)]), $few);
    $this->assertRefused(403, 'limit_writes', $this->revision(['title' => 'Two'], ['key' => str_repeat('2', 64)]), $few);
  }

  private function revision(array $fields, array $values = []): array {
    return $values + [
      'operation' => 'revise',
      'entity' => $this->article->uuid(),
      'expected_revision' => (int) $this->latest($this->article)->getRevisionId(),
      'langcode' => 'en',
      'fields' => $fields,
    ];
  }

  private function write(array $values, ?Run $run = NULL): DraftAnswer {
    $run ??= $this->run;
    $document = $values + [
      'key' => str_repeat('a', 64),
      'run' => $run->uuid(),
      'attempt' => 1,
      'generation' => 1,
      'entity_type' => 'node',
      'bundle' => 'article',
      'summary' => 'Wrote.',
      'checkpoint' => NULL,
    ];
    $document['fields'] = (object) $document['fields'];
    return $this->inRun($run, static fn (): DraftAnswer => \Drupal::service(DraftWriter::class)->write(DraftRequest::fromDocument((object) $document, new Contracts()), $run));
  }

  private function assertRefused(int $status, string $code, array $values, ?Run $run = NULL): object {
    try {
      $this->write($values, $run);
    }
    catch (ProblemException $refusal) {
      $this->assertSame([$status, $code], [$refusal->problem->status, $refusal->problem->code], $refusal->getMessage());
      return $refusal->problem;
    }
    $this->fail("Nothing was refused; $code was expected.");
  }

  private function change(): Change {
    $changes = Change::loadMultiple();
    $this->assertCount(1, $changes);
    return reset($changes);
  }

}
