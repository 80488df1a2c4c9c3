<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Trigger;
use Drupal\background_agents\Guard\FourEyesRefused;
use Drupal\background_agents\Preview\HiddenParts;
use Drupal\background_agents\Progress\StepSentence;
use Drupal\background_agents\Progress\ToolCall;
use Drupal\background_agents\Quick\QuickRefused;
use Drupal\background_agents\Review\ReviewRefused;
use Drupal\background_agents\Review\Undo\PlannedField;
use Drupal\background_agents\Review\Undo\Verdict;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\node\Entity\Node;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Texts for programs, terminals and stored values have no HTML entities.
 *
 * Sentences for pages are markup, and their placeholders are escaped. Where one
 * becomes a plain text the entities go, else somebody reads "&quot;" later.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class PlainTextsTest extends AgentsKernelTestBase {

  private const string NAME = 'Ann\'s "news" & <more>';

  /**
   * What is thrown says its sentence as programs and logs read it.
   */
  public function testExceptions(): void {
    $sentence = new TranslatableMarkup('@who was quicker.', ['@who' => self::NAME]);
    foreach ([new ReviewRefused($sentence), new FourEyesRefused($sentence), new QuickRefused($sentence)] as $refused) {
      $this->assertSame(self::NAME . ' was quicker.', $refused->getMessage());
      $this->assertSame($sentence, $refused->sentence);
    }
    $this->assertSame(self::NAME . ' was quicker.', (new ReviewRefused($sentence))->plain());
  }

  /**
   * Why a field stays is plain, so the page that shows it escapes it once.
   */
  public function testWhyFieldsStay(): void {
    $field = (new PlannedField('title', 'Title', Verdict::Back, []))->judged(Verdict::Invalid, new TranslatableMarkup('Not allowed: @problems', ['@problems' => self::NAME]));
    $this->assertSame('Not allowed: ' . self::NAME, $field->why);
  }

  /**
   * The copy of a trigger has the name of the trigger, as it was typed.
   */
  public function testNameOfACopy(): void {
    $this->agent();
    $trigger = Trigger::create(['id' => 'news', 'label' => self::NAME, 'agent' => 'writer', 'type' => 'cron', 'settings' => ['interval' => 86400], 'input' => []]);
    $trigger->save();
    $this->setUpCurrentUser([], ['administer background agents']);
    $form = \Drupal::service('entity.form_builder')->getForm($trigger, 'clone');
    $this->assertSame(self::NAME . ' (copy)', $form['label']['#default_value']);
  }

  /**
   * The name of a server is escaped once, however it comes into a sentence.
   */
  public function testToolOfAServer(): void {
    $call = ToolCall::of(['tool' => 'mcp__Ann\'s__find']);
    $this->assertSame('Calling find of Ann&#039;s', (string) \Drupal::service(StepSentence::class)->calling($call, []));
  }

  /**
   * What a link to a preview leaves out is told with the names of the fields.
   */
  public function testHiddenParts(): void {
    $this->field('field_more', 'entity_reference', 'page', storage: ['target_type' => 'node'], values: ['label' => self::NAME]);
    user_role_grant_permissions('anonymous', ['access content']);
    $hidden = Node::create(['type' => 'page', 'title' => 'Hidden', 'status' => 0]);
    $hidden->save();
    $page = Node::create(['type' => 'page', 'title' => 'Shown', 'field_more' => [$hidden]]);
    $page->save();
    $this->assertSame([self::NAME . ': 1 item that is not published, or not for everybody'], \Drupal::service(HiddenParts::class)->of($page));
  }

}
