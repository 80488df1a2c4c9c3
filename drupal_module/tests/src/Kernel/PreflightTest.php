<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Agent\Preflight\ContentPreflight;
use Drupal\background_agents\Agent\Preflight\Finding;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\filter\Entity\FilterFormat;
use Drupal\user\Entity\Role;
use Drupal\user\Entity\User;
use Drupal\workflows\Entity\Workflow;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * What an agent cannot do is known before its first run.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class PreflightTest extends AgentsKernelTestBase {

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    foreach (['body' => 'text_with_summary', 'field_summary' => 'string', 'field_closed' => 'string'] as $name => $type) {
      $this->field($name, $type, values: ['label' => ucfirst(str_replace('field_', '', $name))]);
    }
    FilterFormat::create(['format' => 'rich', 'name' => 'Rich', 'weight' => 1])->save();
  }

  /**
   * A field that the site closes to everybody.
   */
  #[Hook('entity_field_access')]
  public function closed(string $operation, FieldDefinitionInterface $field): AccessResultInterface {
    return $operation === 'edit' && $field->getName() === 'field_closed' ? AccessResult::forbidden('The site keeps it.') : AccessResult::neutral();
  }

  /**
   * What works is not spoken of; each thing that is missing is one sentence.
   */
  public function testPermissions(): void {
    $agent = $this->agent();
    $this->assertSame(['It cannot edit Closed. The site keeps it.'], $this->texts($agent));
    $agent->set('binding', ['fields' => ['node' => ['article' => ['title', 'body']]]] + $agent->getBinding());
    $this->assertSame([], $this->texts($agent));

    Role::load('writer')->revokePermission('edit any article content')->revokePermission('use editorial transition create_new_draft')->save();
    $found = \Drupal::service(ContentPreflight::class)->of($agent, 'node', 'article');
    $this->assertSame([
      [['use editorial transition create_new_draft'], 'never'],
      [['edit any article content', 'edit own article content'], 'never'],
    ], array_map(static fn (Finding $one): array => [$one->permissions[0] ?? [], $one->severity->value], $found));
  }

  /**
   * Content that has no workflow, or one without drafts, or that is not there.
   */
  public function testModeration(): void {
    $agent = $this->agent(binding: ['content' => ['node' => ['page' => ['read', 'create', 'revise'], 'gone' => ['read']]]]);
    $this->assertSame(['It is in no workflow, so there are no drafts of it.'], $this->texts($agent, 'page'));
    $this->assertSame(['The site has no content type "gone" of "node".'], $this->texts($agent, 'gone'));
    $agent->set('binding', ['may_write_unmoderated' => TRUE] + $agent->getBinding());
    $this->assertSame(['It is in no workflow: what the agent writes is live at once.'], $this->texts($agent, 'page'));
    $workflow = Workflow::load('editorial');
    $workflow->getTypePlugin()->setTransitionFromStates('create_new_draft', ['draft']);
    $workflow->save();
    $agent->set('binding', ['content' => ['node' => ['article' => ['read', 'revise']]], 'fields' => ['node' => ['article' => ['title']]]] + $agent->getBinding());
    $this->assertSame(['Its workflow has no transition from Published to a draft state.'], $this->texts($agent));
    $agent->set('binding', ['content' => ['node' => ['article' => ['read']]]] + $agent->getBinding());
    $this->assertSame([], $this->texts($agent), 'Reading needs no drafts.');
  }

  /**
   * Fields that are not on the list, or that the site closes.
   */
  public function testFields(): void {
    $agent = $this->agent(values: ['definition' => ['system_prompt' => 'Write field_summary; leave "body" alone. Be brief in the title.', 'tools' => []]]);
    $limit = function (array $fields) use ($agent): array {
      $agent->set('binding', ['fields' => ['node' => ['article' => $fields]]] + $agent->getBinding());
      return $this->texts($agent);
    };
    $this->assertSame(['It may write no field.'], $limit([]));
    $this->assertSame([
      'A new item needs Title: add it to its fields.',
      'Its instructions name "body", and it cannot edit Body: add it to its fields.',
    ], $limit(['field_summary']));
    $this->assertSame(['Its instructions name "field_summary", and it cannot edit Summary: add it to its fields.'], $limit(['title', 'body']));
    $this->assertSame(['It cannot edit Closed. The site keeps it.'], $limit(['title', 'body', 'field_summary', 'field_closed']));
  }

  /**
   * Formats are asked in the context of a run, whoever asked before.
   */
  public function testTextFormats(): void {
    $this->article(['body' => ['value' => '<p>Words</p>', 'format' => 'rich']]);
    $agent = $this->agent(binding: ['fields' => ['node' => ['article' => ['title', 'body']]]]);
    $account = User::load($this->accountOf($agent)->id());
    $this->assertArrayNotHasKey('rich', filter_formats($account));
    $found = \Drupal::service(ContentPreflight::class)->of($agent, 'node', 'article');
    $this->assertSame('The text format Rich is not allowed to its role, so it cannot change such texts in Body.', strip_tags((string) $found[0]->text));
    $this->assertSame([['use text format rich']], $found[0]->permissions);
    Role::load('writer')->grantPermission('use text format rich')->save();
    $this->assertArrayNotHasKey('rich', filter_formats($account), 'Outside of a run the account may use none.');
    $this->assertSame([], $this->texts($agent));
    $this->assertArrayNotHasKey('rich', filter_formats($account), 'The answer for a run is not left behind.');
  }

  /**
   * An agent that is not saved is asked in the role it is to have.
   */
  public function testUnsaved(): void {
    $agent = Agent::create([
      'label' => 'New',
      'role' => 'writer',
      'binding' => ['model' => 'test:x', 'content' => ['node' => ['article' => ['read', 'create']]], 'fields' => ['node' => ['article' => ['title', 'field_closed']]]],
    ]);
    $users = count(User::loadMultiple());
    $this->assertSame(['It cannot edit Closed. The site keeps it.'], $this->texts($agent));
    $agent->set('role', NULL);
    $this->assertSame([], $this->texts($agent), 'Without a role nobody can tell.');
    $this->assertSame([], Run::loadMultiple());
    $this->assertCount($users, User::loadMultiple());
    $this->assertTrue($agent->isNew());
  }

  /**
   * Returns what is found about articles or another bundle, as plain text.
   *
   * @return string[]
   *   The sentences.
   */
  private function texts(Agent $agent, string $bundle = 'article'): array {
    return array_map(static fn (Finding $one): string => html_entity_decode(strip_tags((string) $one->text), ENT_QUOTES), \Drupal::service(ContentPreflight::class)->of($agent, 'node', $bundle));
  }

}
