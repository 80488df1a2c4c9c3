<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Field\FieldItemInterface;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StreamWrapper\LocalStream;
use Drupal\Core\StreamWrapper\StreamWrapperManagerInterface;
use Drupal\file\FileInterface;
use Drupal\media\MediaInterface;

/**
 * Small pictures of images and media, from files of this site alone.
 *
 * @internal
 */
final class Thumbnails {

  private const string STYLE = 'thumbnail';

  public function __construct(
    private readonly FieldWords $words,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly StreamWrapperManagerInterface $streams,
    private readonly ConfigFactoryInterface $config,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Returns pictures by what FieldWords says of the item.
   *
   * @return array<string, array<string, mixed>>
   *   Render arrays; an item without a picture, or that the person may not
   *   see, has none.
   */
  public function of(FieldItemListInterface $items): array {
    if (!$this->entityTypeManager->hasDefinition('image_style') || $this->entityTypeManager->getStorage('image_style')->load(self::STYLE) === NULL) {
      return [];
    }
    $pictures = [];
    foreach ($items as $item) {
      $file = $this->file($item);
      if ($file !== NULL && str_starts_with((string) $file->getMimeType(), 'image/') && $this->streams->getViaUri($file->getFileUri()) instanceof LocalStream) {
        // The words beside it name it.
        $pictures[$this->words->item($item)] = [
          '#theme' => 'image_style',
          '#style_name' => self::STYLE,
          '#uri' => $file->getFileUri(),
          '#alt' => '',
        ];
      }
    }
    return $pictures;
  }

  /**
   * The file of an image, or of the thumbnail of media.
   */
  private function file(FieldItemInterface $item): ?FileInterface {
    $entity = $item->getDataDefinition()->getPropertyDefinition('entity') === NULL ? NULL : $item->get('entity')->getValue();
    if ($entity instanceof MediaInterface && $entity->access('view', $this->currentUser)) {
      $thumbnail = $entity->get('thumbnail')->entity;
      // The icons of media tell nothing that the words do not.
      return $thumbnail instanceof FileInterface && dirname((string) $thumbnail->getFileUri()) !== $this->config->get('media.settings')->get('icon_base_uri') ? $thumbnail : NULL;
    }
    return $entity instanceof FileInterface && $entity->access('view', $this->currentUser) ? $entity : NULL;
  }

}
