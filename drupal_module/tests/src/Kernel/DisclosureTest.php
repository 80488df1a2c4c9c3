<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Change;
use Drupal\node\NodeInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * With AI Disclosure, an agent's draft has its grade, and a person's check.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class DisclosureTest extends ReviewKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['background_agents_disclosure'];

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->field('field_disclosure', 'ai_disclosure', values: ['label' => 'Disclosure']);
  }

  /**
   * Revised content is partly assisted; accepting sets the human review.
   */
  public function testRevised(): void {
    $article = $this->article();
    $run = $this->running($this->agent());
    $change = $this->left($run, $article);
    $this->assertSame(['ai_partly_assisted', FALSE], $this->disclosure($this->latest($article)));
    $this->assertSame([NULL, FALSE], $this->disclosure($this->stored($article)));
    $this->accept($change);
    $this->assertSame(['ai_partly_assisted', TRUE], $this->disclosure($this->stored($article)));
    // The next draft is not checked by the check of the last one.
    $this->left($run, $article, ['title' => 'Still better bread']);
    $this->assertSame(['ai_partly_assisted', FALSE], $this->disclosure($this->latest($article)));
    $this->assertSame(['ai_partly_assisted', TRUE], $this->disclosure($this->stored($article)));
  }

  /**
   * What an agent made was generated; what only people wrote has no grade.
   */
  public function testMade(): void {
    $run = $this->running($this->agent());
    $node = $this->inRun($run, static function (): NodeInterface {
      $node = \Drupal::entityTypeManager()->getStorage('node')->create(['type' => 'article', 'title' => 'Rolls']);
      $node->save();
      return $node;
    });
    $this->assertSame(['ai_generated_autonomous', FALSE], $this->disclosure($this->stored($node)));
    $changes = Change::loadMultiple();
    $this->accept(end($changes));
    $this->assertSame(['ai_generated_autonomous', TRUE], $this->disclosure($this->stored($node)));
    $this->assertSame([NULL, FALSE], $this->disclosure($this->article(['title' => 'By a person'])));
  }

  private function disclosure(NodeInterface $node): array {
    $item = $node->get('field_disclosure')->first();
    return [$item?->get('grade')->getValue(), (bool) $item?->get('human_review')->getValue()];
  }

}
