<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Review\Choice;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Hook\Order\Order;
use Drupal\field\Entity\FieldConfig;
use Drupal\node\Entity\Node;
use Drupal\node\NodeInterface;
use Drupal\workflows\Entity\Workflow;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * What people decide about drafts: in languages, without a workflow, at once.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ReviewerTest extends ReviewerTestBase {

  /**
   * Accepting one language leaves the other one and its draft as they are.
   */
  public function testLanguages(): void {
    $article = $this->translated();
    $english = $this->draft($article, ['title' => 'Rye bread']);
    $german = $this->draft($article, ['title' => 'Roggenbrot'], 'de');

    $this->assertTrue($this->accept($german));
    $live = $this->stored($article);
    $this->assertSame(['Bread', TRUE], [$live->label(), $live->isPublished()]);
    $this->assertSame(['Roggenbrot', TRUE], [$live->getTranslation('de')->label(), $live->getTranslation('de')->isPublished()]);
    $this->assertSame((int) $this->editor->id(), (int) $live->getRevisionUserId());
    $this->assertSame([Change::PENDING, NULL], [$this->decided($english)->getStatus(), $this->decided($english)->getOutcome()]);
    $this->assertSame(['Rye bread', 'draft'], [$this->newest($article)->label(), $this->newest($article)->get('moderation_state')->value]);

    $this->assertTrue($this->accept($english));
    $live = $this->stored($article);
    $this->assertSame(['Rye bread', 'Roggenbrot'], [$live->label(), $live->getTranslation('de')->label()]);
    $this->assertTrue($live->isPublished() && $live->getTranslation('de')->isPublished());
    $this->assertSame(['accepted', 'accepted'], [$this->decided($english)->getOutcome(), $this->decided($german)->getOutcome()]);
  }

  /**
   * Two people decide about two languages at once: both are done.
   */
  public function testTwoLanguagesAtOnce(): void {
    $article = $this->translated();
    $english = $this->draft($article, ['title' => 'Rye bread']);
    $german = $this->draft($article, ['title' => 'Roggenbrot'], 'de');
    [$ofEnglish, $ofGerman] = [$this->seen($english), $this->seen($german)];

    $this->assertTrue($this->accept($english, seen: $ofEnglish));
    $this->assertTrue($this->accept($german, seen: $ofGerman));
    $live = $this->stored($article);
    $this->assertSame(['Rye bread', 'Roggenbrot'], [$live->label(), $live->getTranslation('de')->label()]);
  }

  /**
   * What changed in the reviewer's own language, or is shared, is seen first.
   */
  public function testTheSameLanguageAtOnce(): void {
    $this->field('price', 'integer');
    FieldConfig::loadByName('node', 'article', 'price')->setTranslatable(FALSE)->save();
    $article = $this->translated();
    $german = $this->draft($article, ['title' => 'Weißbrot'], 'de');
    $seen = $this->seen($german);
    $this->edit($article, ['title' => 'Brot, neu', 'moderation_state' => 'published'], 'de');
    $this->assertStringContainsString('editor has changed', $this->refusal(fn () => $this->accept($german, seen: $seen)));

    $german = $this->draft($article, ['title' => 'Graubrot'], 'de');
    $seen = $this->seen($german);
    $this->edit($article, ['price' => 7, 'moderation_state' => 'published']);
    $this->assertStringContainsString('editor has changed', $this->refusal(fn () => $this->accept($german, seen: $seen)));
    $this->assertTrue($this->accept($german));
    $live = $this->stored($article);
    $this->assertSame(['Graubrot', '7'], [$live->getTranslation('de')->label(), $live->get('price')->value]);
  }

  /**
   * Of two people over one draft, the second is told what the first decided.
   */
  public function testTwoAtOnce(): void {
    $article = $this->article();
    $change = $this->draft($article, ['title' => 'Rye bread']);
    $seen = $this->seen($change);
    $this->accept($change, seen: $seen);
    $revision = $this->stored($article)->getRevisionId();

    $this->assertStringContainsString('editor has accepted this draft already', $this->refusal(fn () => $this->accept($change, new Choice(['title' => TRUE]), seen: $seen)));
    $this->assertStringContainsString('editor has accepted this draft already', $this->refusal(fn () => $this->refuse($change, $seen)));
    $this->assertSame($revision, $this->latest($article)->getRevisionId());
  }

  /**
   * A draft in the making of a run that goes on: the run reads anew.
   */
  public function testTheRunGoesOn(): void {
    $article = $this->article();
    $change = $this->draft($article, ['title' => 'Rye bread']);
    $read = (int) $this->latest($article)->getRevisionId();
    $this->accept($change);

    try {
      $this->draft($article, ['title' => 'Brown bread'], more: ['expected_revision' => $read]);
      $this->fail('It was written over the accepted draft.');
    }
    catch (ProblemException $problem) {
      $this->assertSame('revision_conflict', $problem->problem->code);
    }
    $next = $this->draft($article, ['title' => 'Brown bread']);
    $this->assertSame('Rye bread', $this->stored($article)->label());
    $this->assertTrue($this->accept($next));
    $this->assertSame('Brown bread', $this->stored($article)->label());
  }

  /**
   * Refusing in one language leaves the other one's draft.
   */
  public function testRefusalInOneLanguage(): void {
    $article = $this->translated();
    $english = $this->draft($article, ['title' => 'Rye bread']);
    $german = $this->draft($article, ['title' => 'Roggenbrot'], 'de');

    $this->refuse($german);
    $this->assertSame('Brot', $this->newest($article, 'de')->label());
    $this->assertSame('Rye bread', $this->newest($article)->label());
    $this->assertSame([Change::REJECTED, Change::PENDING], [$this->decided($german)->getStatus(), $this->decided($english)->getStatus()]);
    $this->assertTrue($this->accept($english));
  }

  /**
   * A draft on an older draft: the older one does not come back.
   */
  public function testRefusalOfADraftOnADraft(): void {
    $article = $this->article();
    $this->draft($article, ['title' => 'Rye bread']);
    $second = $this->draft($article, ['title' => 'Brown bread']);

    $this->refuse($second);
    $this->assertSame('Bread', $this->latest($article)->label());
    $this->assertSame($this->stored($article)->getRevisionId(), $this->latest($article)->getRevisionId());
  }

  /**
   * A person's draft below the agent's, or words on top of it, stay.
   */
  public function testRefusalLeavesPeoplesWork(): void {
    $this->field('price', 'integer');
    $below = $this->article();
    $this->edit($below, ['title' => 'By a person', 'moderation_state' => 'draft']);
    $this->refuse($this->draft($below, ['title' => 'Rye bread']));
    $this->assertSame(['By a person', 'draft'], [$this->latest($below)->label(), $this->latest($below)->get('moderation_state')->value]);

    $above = $this->article();
    $change = $this->draft($above, ['title' => 'Rye bread']);
    $this->edit($above, ['price' => 3, 'moderation_state' => 'draft']);
    $this->refuse($change);
    $newest = $this->latest($above);
    $this->assertSame(['Bread', '3', 'draft'], [$newest->label(), $newest->get('price')->value, $newest->get('moderation_state')->value]);
    $this->assertSame('Bread', $this->stored($above)->label());
    $this->assertSame(Change::REJECTED, $this->decided($change)->getStatus());

    $same = $this->article();
    $change = $this->draft($same, ['title' => 'Rye bread']);
    $this->edit($same, ['moderation_state' => 'draft']);
    $this->refuse($change);
    $this->assertSame($this->stored($same)->getRevisionId(), $this->latest($same)->getRevisionId());
  }

  /**
   * What was never published has one version: the former values come back.
   */
  public function testRefusalOfARevisionOfAnUnpublishedItem(): void {
    $article = $this->article(['moderation_state' => 'draft']);
    $change = $this->draft($article, ['title' => 'Rye bread']);
    $this->refuse($change);
    $this->assertSame(['Bread', 'draft'], [$this->latest($article)->label(), $this->latest($article)->get('moderation_state')->value]);
    $this->assertSame('Bread', $this->stored($article)->label());

    $created = $this->draft(NULL, ['title' => 'New bread']);
    $this->refuse($created);
    $this->assertSame('New bread', Node::load($created->getTargetId())->label());
    $this->assertSame(Change::REJECTED, $this->decided($created)->getStatus());
  }

  /**
   * Without a workflow: an unpublished item's draft is its only version.
   */
  public function testWithoutAWorkflow(): void {
    $this->role('publisher', ['administer nodes']);
    $publisher = $this->account('publisher', 'editor', 'publisher');
    $created = $this->draft(NULL, ['title' => 'New page'], more: ['bundle' => 'page']);
    $page = Node::load($created->getTargetId());
    $this->assertSame([FALSE, TRUE], [$page->isPublished(), $created->isPending()]);

    $this->assertStringContainsString('You may not publish', $this->refusal(fn () => $this->accept($created, state: NULL)));
    $this->assertTrue($this->accept($created, state: NULL, who: $publisher));
    $this->assertSame([TRUE, (int) $publisher->id()], [$this->stored($page)->isPublished(), (int) $this->stored($page)->getRevisionUserId()]);
    $this->assertSame(['accepted', 1.0], [$this->decided($created)->getOutcome(), $this->decided($created)->getOutcomeShare()]);

    $hidden = $this->page('Hidden page');
    $revised = $this->draft($hidden, ['title' => 'By the agent']);
    $this->refuse($revised);
    $this->assertSame(['Hidden page', FALSE], [$this->stored($hidden)->label(), $this->stored($hidden)->isPublished()]);

    $again = $this->draft($hidden, ['title' => 'By the agent']);
    $this->assertTrue($this->accept($again, new Choice(['title' => TRUE]), NULL, who: $publisher));
    $this->assertSame(['By the agent', TRUE], [$this->stored($hidden)->label(), $this->stored($hidden)->isPublished()]);
  }

  /**
   * A part that waits is kept; a later refusal does not undo the other part.
   */
  public function testAPartThatWaits(): void {
    $this->field('price', 'integer');
    $article = $this->article(['price' => 1]);
    $change = $this->draft($article, ['title' => 'Rye bread', 'price' => 5]);
    $this->assertTrue($this->accept($change, new Choice(['price' => TRUE], TRUE)));
    $this->assertSame(['Bread', '5'], [$this->stored($article)->label(), $this->stored($article)->get('price')->value]);
    $this->assertSame(['Rye bread', 'draft'], [$this->latest($article)->label(), $this->latest($article)->get('moderation_state')->value]);
    $waiting = $this->decided($change);
    $this->assertSame([TRUE, (int) $this->latest($article)->getRevisionId()], [$waiting->isPending(), $waiting->getTargetRevisionId()]);

    $this->refuse($waiting);
    $this->assertSame(['Bread', '5'], [$this->latest($article)->label(), $this->latest($article)->get('price')->value]);
    $this->assertSame([Change::REJECTED, 'partly'], [$this->decided($change)->getStatus(), $this->decided($change)->getOutcome()]);
  }

  /**
   * Brought to a state that visitors do not see, a draft stays undecided.
   */
  public function testBroughtToAnotherState(): void {
    $this->field('price', 'integer');
    $workflow = Workflow::load('editorial');
    $workflow->getTypePlugin()->addState('checked', 'Checked')->addTransition('check', 'Check', ['draft'], 'checked')->setTransitionFromStates('publish', ['draft', 'checked', 'published']);
    $workflow->save();
    user_role_grant_permissions('editor', ['use editorial transition check']);
    $article = $this->article(['price' => 1]);
    $change = $this->draft($article, ['title' => 'Rye bread', 'price' => 5]);
    $before = $this->latest($article)->getRevisionId();
    $this->assertStringContainsString('only stay a draft where the other part is published', $this->refusal(fn () => $this->accept($change, new Choice(['price' => TRUE], TRUE), 'checked')));
    $this->assertStringContainsString('You have no transition', $this->refusal(fn () => $this->accept($change, NULL, 'archived')));
    $this->assertSame($before, $this->latest($article)->getRevisionId());

    $this->assertFalse($this->accept($change, NULL, 'checked'));
    $this->assertSame(['Bread', 'Rye bread', 'checked'], [
      $this->stored($article)->label(),
      $this->latest($article)->label(),
      $this->latest($article)->get('moderation_state')->value,
    ]);
    $this->assertTrue($this->decided($change)->isPending());
    $this->assertTrue($this->accept($change));
    $this->assertSame('Rye bread', $this->stored($article)->label());
  }

  /**
   * A module that publishes later, such as at a date, is not overruled.
   */
  public function testKeptUnpublished(): void {
    $article = $this->article();
    $change = $this->draft($article, ['title' => 'Later']);
    $before = $this->latest($article)->getRevisionId();
    $this->assertStringContainsString('keeps this content unpublished', $this->refusal(fn () => $this->accept($change)));
    $this->assertSame([$before, 'Bread', TRUE], [$this->latest($article)->getRevisionId(), $this->stored($article)->label(), $this->stored($article)->isPublished()]);
    $this->assertTrue($this->decided($change)->isPending());
  }

  /**
   * As Scheduler does with a date to publish in the future.
   */
  #[Hook('entity_presave', order: Order::Last)]
  public function presave(EntityInterface $entity): void {
    if ($entity instanceof NodeInterface && $entity->label() === 'Later') {
      $entity->setUnpublished();
    }
  }

  private function page(string $title): NodeInterface {
    $page = Node::create(['type' => 'page', 'title' => $title, 'status' => 0, 'uid' => 1]);
    $page->save();
    return $page;
  }

}
