<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Choice;
use Drupal\block_content\Entity\BlockContent;
use Drupal\block_content\Entity\BlockContentType;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Field\FieldDefinitionInterface;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\Session\AccountInterface;
use Drupal\field\Entity\FieldConfig;
use Drupal\filter\Entity\FilterFormat;
use Drupal\media\Entity\Media;
use Drupal\media\Entity\MediaType;
use Drupal\taxonomy\Entity\Term;
use Drupal\taxonomy\Entity\Vocabulary;
use Drupal\user\Entity\Role;
use Drupal\workflows\Entity\Workflow;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * What people decide about fields they may not edit, and about other content.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ReviewerFieldsTest extends ReviewerTestBase {

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['block_content', 'media', 'image', 'taxonomy'];

  protected const array WRITER = [
    ...parent::WRITER, 'use text format full', 'use text format plain', 'edit terms in tags', 'create terms in tags', 'update any media',
    'edit any basic block content', 'access block library', 'create basic block content', 'view media', 'create file media',
  ];

  protected const array EDITOR = [
    ...parent::EDITOR, 'use text format plain', 'edit terms in tags', 'update any media', 'edit any basic block content', 'access block library', 'view media',
  ];

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->field('price', 'integer');
    $this->field('secret', 'string');
    $this->field('text', 'text_long');
  }

  /**
   * {@inheritdoc}
   */
  protected function role(string $id, array $permissions, bool $isAgentRole = FALSE): Role {
    if (FilterFormat::load('full') === NULL) {
      foreach (['taxonomy_term', 'media', 'block_content'] as $type) {
        $this->installEntitySchema($type);
      }
      $this->installSchema('file', ['file_usage']);
      foreach (['full', 'plain'] as $format) {
        FilterFormat::create(['format' => $format, 'name' => $format])->save();
      }
      Vocabulary::create(['vid' => 'tags', 'name' => 'Tags'])->save();
      BlockContentType::create(['id' => 'basic', 'label' => 'Basic', 'revision' => TRUE])->save();
      $media = MediaType::create(['id' => 'file', 'label' => 'File', 'source' => 'file']);
      $media->save();
      $source = $media->getSource()->createSourceField($media);
      $source->getFieldStorageDefinition()->save();
      $source->save();
      $media->set('source_configuration', ['source_field' => $source->getName()])->save();
      $workflow = Workflow::load('editorial');
      foreach (['taxonomy_term' => 'tags', 'media' => 'file', 'block_content' => 'basic'] as $type => $bundle) {
        $workflow->getTypePlugin()->addEntityTypeAndBundle($type, $bundle);
      }
      $workflow->save();
    }
    return parent::role($id, $permissions, $isAgentRole);
  }

  /**
   * {@inheritdoc}
   */
  protected function binding(): array {
    $binding = parent::binding();
    $may = ['read', 'create', 'revise'];
    $binding['content'] += ['taxonomy_term' => ['tags' => $may], 'media' => ['file' => $may], 'block_content' => ['basic' => $may]];
    return $binding;
  }

  /**
   * Closes the field "secret" to the editor.
   */
  #[Hook('entity_field_access')]
  public function fieldAccess(string $operation, FieldDefinitionInterface $definition, AccountInterface $account): AccessResultInterface {
    return AccessResult::forbiddenIf($definition->getName() === 'secret' && $operation === 'edit' && in_array('editor', $account->getRoles(), TRUE) && !in_array('chief', $account->getRoles(), TRUE));
  }

  /**
   * A field that the person may not edit is not written behind their back.
   */
  public function testClosedField(): void {
    $this->role('chief', []);
    $article = $this->article(['secret' => 'Old']);
    $change = $this->draft($article, ['title' => 'Rye bread', 'secret' => 'New', 'price' => 5]);
    $this->assertStringContainsString('Somebody who may edit them', $this->refusal(fn () => $this->accept($change, new Choice(['secret' => TRUE]))));

    $this->assertTrue($this->accept($change, new Choice(['title' => TRUE, 'secret' => TRUE])));
    $live = $this->stored($article);
    $this->assertSame(['Rye bread', 'Old', NULL], [$live->label(), $live->get('secret')->value, $live->get('price')->value]);
    $newest = $this->latest($article);
    $this->assertSame(['Rye bread', 'New', NULL, 'draft'], [$newest->label(), $newest->get('secret')->value, $newest->get('price')->value, $newest->get('moderation_state')->value]);
    $this->assertTrue($this->decided($change)->isPending());

    $this->assertTrue($this->accept($this->decided($change), who: $this->account('chief', 'editor', 'chief')));
    $this->assertSame('New', $this->stored($article)->get('secret')->value);
    $this->assertSame('partly', $this->decided($change)->getOutcome());
  }

  /**
   * Nor a text in a format that the person may not use.
   */
  public function testTextFormat(): void {
    $article = $this->article(['text' => ['value' => '<p>Old</p>', 'format' => 'full']]);
    $change = $this->draft($article, ['title' => 'Rye bread']);
    $this->assertTrue($this->accept($change));
    $this->assertSame('Rye bread', $this->stored($article)->label());

    $change = $this->draft($article, ['title' => 'Brown bread', 'text' => ['value' => '<p>New</p>', 'format' => 'full']]);
    $this->assertTrue($this->accept($change));
    $this->assertSame(['Brown bread', '<p>Old</p>'], [$this->stored($article)->label(), $this->stored($article)->get('text')->value]);
    $this->assertSame('<p>New</p>', $this->latest($article)->get('text')->value);
  }

  /**
   * What is not valid is told, and nothing is saved.
   */
  public function testNotValid(): void {
    $article = $this->article(['price' => 1]);
    $change = $this->draft($article, ['title' => 'Rye bread', 'price' => 500]);
    FieldConfig::loadByName('node', 'article', 'price')->setSetting('max', 10)->save();
    $before = $this->latest($article)->getRevisionId();
    $this->assertStringContainsString('It was not saved', $this->refusal(fn () => $this->accept($change)));
    $this->assertSame([$before, 'Bread'], [$this->latest($article)->getRevisionId(), $this->stored($article)->label()]);
    $this->assertTrue($this->decided($change)->isPending());
    $this->assertTrue($this->accept($change, new Choice(['title' => TRUE])));
    $this->assertSame(['Rye bread', '1'], [$this->stored($article)->label(), $this->stored($article)->get('price')->value]);
  }

  /**
   * A required field stands in the way only where the save empties it.
   */
  public function testRequiredField(): void {
    $empty = $this->article();
    $filled = $this->article(['price' => 1]);
    $onEmpty = $this->draft($empty, ['title' => 'Rye bread']);
    $emptied = $this->draft($filled, ['title' => 'Rye bread', 'price' => NULL]);
    FieldConfig::loadByName('node', 'article', 'price')->setRequired(TRUE)->save();

    $this->assertTrue($this->accept($onEmpty));
    $this->assertStringContainsString('It was not saved', $this->refusal(fn () => $this->accept($emptied)));
    $this->assertTrue($this->accept($emptied, new Choice(['title' => TRUE])));
    $this->assertSame('1', $this->stored($filled)->get('price')->value);
  }

  /**
   * Media, terms and blocks are decided about like nodes.
   */
  public function testOtherContent(): void {
    $items = [
      'name' => Term::create(['vid' => 'tags', 'name' => 'Before', 'moderation_state' => 'published']),
      'info' => BlockContent::create(['type' => 'basic', 'info' => 'Before', 'moderation_state' => 'published', 'reusable' => TRUE]),
      'name ' => Media::create(['bundle' => 'file', 'name' => 'Before', 'uid' => 1, 'moderation_state' => 'published']),
    ];
    foreach ($items as $field => $item) {
      $item->save();
      $this->decideAbout($item, trim($field));
    }
  }

  private function decideAbout(ContentEntityInterface $item, string $field): void {
    $storage = \Drupal::entityTypeManager()->getStorage($item->getEntityTypeId());
    $live = static fn (): string => (string) $storage->loadUnchanged($item->id())->label();
    $refused = $this->draft($item, [$field => 'Refused']);
    $this->refuse($refused);
    $this->assertSame([$live(), Change::REJECTED], ['Before', $this->decided($refused)->getStatus()], $item->getEntityTypeId());
    $this->assertSame((int) $storage->loadUnchanged($item->id())->getRevisionId(), (int) $storage->getLatestRevisionId($item->id()));

    $accepted = $this->draft($item, [$field => 'After']);
    $this->assertSame('Before', $live());
    $this->assertTrue($this->accept($accepted), $item->getEntityTypeId());
    $this->assertSame(['After', 'accepted'], [$live(), $this->decided($accepted)->getOutcome()], $item->getEntityTypeId());
  }

}
