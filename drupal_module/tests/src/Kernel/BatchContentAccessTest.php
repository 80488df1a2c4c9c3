<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Batch\BatchItem;
use Drupal\background_agents\Batch\FieldConditions;
use Drupal\background_agents\Batch\ItemFilter;
use Drupal\background_agents\Batch\ItemQuery;
use Drupal\background_agents_meddler\Hook\Meddling;
use Drupal\block_content\Entity\BlockContent;
use Drupal\block_content\Entity\BlockContentType;
use Drupal\entity_test\Entity\EntityTestMulRev;
use Drupal\media\Entity\Media;
use Drupal\taxonomy\Entity\Term;
use Drupal\taxonomy\Entity\Vocabulary;
use Drupal\Tests\media\Traits\MediaTypeCreationTrait;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The lists of batches name no content, and tell of none, that one may not see.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class BatchContentAccessTest extends AgentsKernelTestBase {

  use MediaTypeCreationTrait;

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['background_agents_meddler', 'taxonomy', 'image', 'media', 'block_content', 'entity_test'];

  /**
   * {@inheritdoc}
   */
  protected function tearDown(): void {
    Meddling::$hiddenField = NULL;
    parent::tearDown();
  }

  /**
   * Each entity type has its own permissions, and some are known to it alone.
   */
  public function testOtherTypes(): void {
    foreach (['taxonomy_term', 'media', 'block_content', 'entity_test_mulrev'] as $type) {
      $this->installEntitySchema($type);
    }
    $this->installSchema('file', ['file_usage']);
    Vocabulary::create(['vid' => 'tags', 'name' => 'Tags'])->save();
    BlockContentType::create(['id' => 'basic', 'label' => 'Basic'])->save();
    $kind = (string) $this->createMediaType('file')->id();
    Term::create(['vid' => 'tags', 'name' => 'Term'])->save();
    Media::create(['bundle' => $kind, 'name' => 'Media'])->save();
    Media::create(['bundle' => $kind, 'name' => 'Unpublished', 'status' => 0])->save();
    BlockContent::create(['type' => 'basic', 'info' => 'Block'])->save();
    BlockContent::create(['type' => 'basic', 'info' => 'Inline', 'reusable' => FALSE])->save();
    EntityTestMulRev::create(['name' => 'Test'])->save();
    $seen = [
      'taxonomy_term' => ['tags', 'access content', ['Term'], []],
      'media' => [$kind, 'view media', ['Media'], []],
      'block_content' => ['basic', 'access block library', ['Block'], ['Block']],
      'entity_test_mulrev' => ['entity_test_mulrev', 'view test entity', ['Test'], []],
    ];
    $this->role('nobody', []);
    $nobody = $this->account('nobody', 'nobody');
    foreach ($seen as $type => [$bundle, $permission, $by_reader, $by_nobody]) {
      $this->role("reads_$type", [$permission]);
      foreach ([[$this->account("reads_$type", "reads_$type"), $by_reader], [$nobody, $by_nobody]] as [$person, $labels]) {
        $filter = new ItemFilter($type, [$bundle]);
        $query = \Drupal::service(ItemQuery::class);
        $this->assertSame($labels, array_map(static fn (BatchItem $item): string => $item->label, $query->find($filter, $person, 10)), $type);
        $this->assertSame(count($labels), $query->count($filter, $person), $type);
      }
    }
  }

  /**
   * A condition on a field tells who may not see it nothing.
   */
  public function testHiddenFields(): void {
    $this->installEntitySchema('taxonomy_term');
    foreach (['field_note' => ['string', []], 'field_tags' => ['entity_reference', ['target_type' => 'taxonomy_term']]] as $name => [$type, $settings]) {
      $this->field($name, $type, storage: $settings, values: ['label' => $name]);
    }
    $this->article(['field_tags' => [7]]);
    $this->role('editor', ['access content']);
    $person = $this->account('editor', 'editor');
    $numbers = function (string $hidden) use ($person): array {
      Meddling::$hiddenField = $hidden;
      \Drupal::entityTypeManager()->getAccessControlHandler('node')->resetCache();
      $query = \Drupal::service(ItemQuery::class);
      return [
        array_keys(\Drupal::service(FieldConditions::class)->choices('node', ['article'], $person)),
        $query->count(new ItemFilter('node', ['article'], emptyField: 'field_note'), $person),
        $query->count(new ItemFilter('node', ['article'], term: 7), $person),
      ];
    };
    $this->assertSame([['field_note', 'field_tags'], 1, 1], $numbers('none'));
    $this->assertSame([['field_tags'], 0, 1], $numbers('field_note'));
    $this->assertSame([['field_note'], 1, 0], $numbers('field_tags'));
  }

}
