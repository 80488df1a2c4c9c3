<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Preview\HiddenParts;
use Drupal\background_agents\Preview\PreviewRenderer;
use Drupal\block_content\Entity\BlockContent;
use Drupal\block_content\Entity\BlockContentType;
use Drupal\Core\DependencyInjection\ContainerBuilder;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\StreamWrapper\PrivateStream;
use Drupal\file\Entity\File;
use Drupal\file\FileInterface;
use Drupal\filter\Entity\FilterFormat;
use Drupal\language\Entity\ConfigurableLanguage;
use Drupal\media\Entity\Media;
use Drupal\node\Entity\Node;
use Drupal\taxonomy\Entity\Term;
use Drupal\taxonomy\Entity\Vocabulary;
use Drupal\Tests\media\Traits\MediaTypeCreationTrait;
use Drupal\user\Entity\Role;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * Previews of all kinds of content, and what of it visitors would not see.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class PreviewPartsTest extends AgentsKernelTestBase {

  use MediaTypeCreationTrait;

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['taxonomy', 'block_content', 'media', 'image'];

  /**
   * {@inheritdoc}
   */
  public function register(ContainerBuilder $container): void {
    parent::register($container);
    $container->register('stream_wrapper.private', PrivateStream::class)->addTag('stream_wrapper', ['scheme' => 'private']);
  }

  /**
   * {@inheritdoc}
   */
  protected function setUpFilesystem(): void {
    parent::setUpFilesystem();
    mkdir($this->siteDirectory . '/private');
    $this->setSetting('file_private_path', $this->siteDirectory . '/private');
  }

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    foreach (['taxonomy_term', 'block_content', 'media'] as $type) {
      $this->installEntitySchema($type);
    }
    $this->installSchema('file', ['file_usage']);
    $this->installConfig(['media', 'image']);
    Role::load('anonymous')->grantPermission('access content')->grantPermission('view media')->save();
    $this->field('field_files', 'file', cardinality: -1);
    $this->field('field_related', 'entity_reference', cardinality: -1, storage: ['target_type' => 'node']);
    $this->field('field_media', 'entity_reference', cardinality: -1, storage: ['target_type' => 'media']);
    FilterFormat::create(['format' => 'raw', 'name' => 'Raw'])->save();
  }

  /**
   * Whatever has a view builder is rendered, and no cache is asked to keep it.
   */
  public function testKindsOfContent(): void {
    Vocabulary::create(['vid' => 'tags', 'name' => 'Tags'])->save();
    BlockContentType::create(['id' => 'basic', 'label' => 'Basic'])->save();
    $this->createMediaType('file', ['id' => 'document']);
    $items = [
      Term::create(['vid' => 'tags', 'name' => 'A tag']),
      BlockContent::create(['type' => 'basic', 'info' => 'A block']),
      Media::create(['bundle' => 'document', 'name' => 'A document', 'field_media_file' => $this->file('public')]),
      $this->article(['title' => 'An article']),
    ];
    $renderer = \Drupal::service(PreviewRenderer::class);
    foreach ($items as $item) {
      $item->save();
      $this->assertTrue($renderer->canRender($item->getEntityTypeId()));
      $page = $renderer->page($item);
      $this->assertSame((string) $item->label(), $page['#title']);
      $this->assertSame(0, $page['#cache']['max-age']);
      $this->assertFalse(isset($item->in_preview), 'The entity of others is left as it was.');
    }
    $this->assertFalse($renderer->canRender('user_role'));
    $kept = \Drupal::database()->schema()->tableExists('cache_render') ? \Drupal::database()->select('cache_render')->countQuery()->execute()->fetchField() : 0;
    $this->assertSame(0, (int) $kept);
  }

  /**
   * A translation is shown in its own language and direction.
   */
  public function testDirection(): void {
    ConfigurableLanguage::createFromLangcode('ar')->save();
    $article = $this->article(['title' => 'English']);
    $arabic = $article->addTranslation('ar', ['title' => 'عربي']);
    $article->save();
    $page = \Drupal::service(PreviewRenderer::class)->page($arabic);
    $this->assertSame(['عربي', 'ar', 'rtl'], [$page['#title'], $page['#attributes']['lang'], $page['#attributes']['dir']]);
    $page = \Drupal::service(PreviewRenderer::class)->page($article->getTranslation('en'));
    $this->assertSame(['English', 'en', 'ltr'], [$page['#title'], $page['#attributes']['lang'], $page['#attributes']['dir']]);
  }

  /**
   * Hidden files and items are counted by field, and never named.
   */
  public function testWhatVisitorsDoNotSee(): void {
    $secret = $this->article(['title' => 'Secret plan', 'moderation_state' => 'draft']);
    $deleted = $this->article(['title' => 'Deleted']);
    $article = $this->article([
      'moderation_state' => 'draft',
      'field_files' => [$this->file('public'), $this->file('private')],
      'field_related' => [$this->article(['title' => 'Public']), $secret, $deleted],
    ]);
    $deleted->delete();
    $this->assertSame(['field_files: 1 private file', 'field_related: 1 item that is not published, or not for everybody'], $this->hidden($article));
    $this->assertSame([], $this->hidden($this->article(['field_files' => [$this->file('public')]])));
  }

  /**
   * Also what a text embeds; a private file of public media is shown.
   */
  public function testWhatIsEmbedded(): void {
    $this->createMediaType('file', ['id' => 'document']);
    $public = $this->media('Public', $this->file('public'));
    $public->set('field_media_file', $this->file('private'))->setPublished()->save();
    $unpublished = $this->media('Unpublished', $this->file('public'), 0);
    $this->field('field_text', 'text_long', cardinality: -1);
    $embed = static fn (string $type, ContentEntityInterface $entity): string => sprintf('<drupal-media data-entity-type="%s" data-entity-uuid="%s"></drupal-media>', $type, $entity->uuid());
    $text = $embed('media', $unpublished) . $embed('file', $this->file('private')) . '<img data-entity-type="nonsense" data-entity-uuid="\'); --"><drupal-media data-entity-type="media" data-entity-uuid="none">';
    $article = $this->article(['field_media' => [$public], 'field_text' => ['value' => $text, 'format' => 'raw']]);
    $this->assertSame([
      'field_text: 1 private file',
      'field_text: 1 item that is not published, or not for everybody',
    ], $this->hidden($article));
  }

  /**
   * Returns what is hidden of an item.
   *
   * @return list<string>
   *   The sentences.
   */
  private function hidden(Node $item): array {
    return \Drupal::service(HiddenParts::class)->of($this->stored($item));
  }

  private function media(string $name, FileInterface $file, int $status = 1): Media {
    $media = Media::create(['bundle' => 'document', 'name' => $name, 'status' => $status, 'field_media_file' => $file]);
    $media->save();
    return $media;
  }

  private function file(string $scheme): FileInterface {
    $file = File::create(['uri' => "$scheme://" . $this->randomMachineName() . '.txt', 'status' => 1]);
    file_put_contents($file->getFileUri(), 'words');
    $file->save();
    return $file;
  }

}
