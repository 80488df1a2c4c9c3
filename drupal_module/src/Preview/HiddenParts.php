<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preview;

use Drupal\background_agents\Guard\CompositeChildren;
use Drupal\Component\Render\PlainTextOutput;
use Drupal\Component\Utility\Html;
use Drupal\Component\Utility\Unicode;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Entity\EntityRepositoryInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Field\EntityReferenceFieldItemListInterface;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\Session\AnonymousUserSession;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\file\FileInterface;

/**
 * Tells what of a version people without an account do not see.
 *
 * By field and number, never by name: the names are part of what is hidden.
 *
 * @internal
 */
final class HiddenParts {

  use StringTranslationTrait;

  /**
   * How deep parts of parts are looked into.
   */
  private const int MAX_DEPTH = 5;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityRepositoryInterface $entityRepository,
  ) {}

  /**
   * Returns one sentence for each field of which something is hidden.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $version
   *   The version.
   *
   * @return list<string>
   *   Plain text.
   */
  public function of(ContentEntityInterface $version): array {
    $sentences = [];
    foreach ($version->getFields(FALSE) as $items) {
      [$files, $others] = $this->count($items, self::MAX_DEPTH);
      $field = ['@field' => $items->getFieldDefinition()->getLabel()];
      if ($files > 0) {
        $sentences[] = PlainTextOutput::renderFromHtml($this->formatPlural($files, '@field: 1 private file', '@field: @count private files', $field));
      }
      if ($others > 0) {
        $sentences[] = PlainTextOutput::renderFromHtml($this->formatPlural($others, '@field: 1 item that is not published, or not for everybody', '@field: @count items that are not published, or not for everybody', $field));
      }
    }
    return $sentences;
  }

  /**
   * Returns how many files of a field are hidden, and how many other items.
   *
   * @return array{int, int}
   */
  private function count(FieldItemListInterface $items, int $depth): array {
    if (!$items->access('view', new AnonymousUserSession()) || in_array($items->getName(), $this->keys($items), TRUE)) {
      return [0, 0];
    }
    $found = [0, 0];
    foreach ($this->referenced($items) as $entity) {
      $counts = match (TRUE) {
        $this->isHidden($entity) => $entity instanceof FileInterface ? [1, 0] : [0, 1],
        $depth > 0 && $entity instanceof ContentEntityInterface && $this->isShownInside($entity) => $this->inside($entity, $depth - 1),
        default => [0, 0],
      };
      $found = [$found[0] + $counts[0], $found[1] + $counts[1]];
    }
    return $found;
  }

  /**
   * The same for all fields of a part.
   *
   * @return array{int, int}
   */
  private function inside(ContentEntityInterface $part, int $depth): array {
    $counts = array_map(fn (FieldItemListInterface $items): array => $this->count($items, $depth), array_values($part->getFields(FALSE)));
    return [array_sum(array_column($counts, 0)), array_sum(array_column($counts, 1))];
  }

  /**
   * Authors, types and the like are not shown as parts of a page.
   *
   * @return string[]
   */
  private function keys(FieldItemListInterface $items): array {
    $type = $items->getEntity()->getEntityType();
    $own = $type instanceof ContentEntityTypeInterface ? $type->getRevisionMetadataKeys() : [];
    $keys = array_values(array_filter([...$type->getKeys(), ...$own]));
    return [...$keys, 'thumbnail', 'menu_link'];
  }

  /**
   * Returns what a field refers to, or embeds in its texts.
   *
   * @return list<\Drupal\Core\Entity\EntityInterface>
   */
  private function referenced(FieldItemListInterface $items): array {
    if ($items instanceof EntityReferenceFieldItemListInterface) {
      return array_values($items->referencedEntities());
    }
    $found = [];
    foreach (str_starts_with($items->getFieldDefinition()->getType(), 'text') ? $items : [] as $item) {
      $xpath = new \DOMXPath(Html::load((string) $item->value));
      foreach ($xpath->query('//*[@data-entity-uuid and @data-entity-type and not(self::a)]') as $element) {
        assert($element instanceof \DOMElement);
        $found[] = $this->embedded($element->getAttribute('data-entity-type'), $element->getAttribute('data-entity-uuid'));
      }
    }
    return array_values(array_filter($found));
  }

  private function embedded(string $type, string $uuid): ?EntityInterface {
    return Unicode::validateUtf8($uuid) && $this->entityTypeManager->getDefinition($type, FALSE)?->getKey('uuid')
      ? $this->entityRepository->loadEntityByUuid($type, $uuid)
      : NULL;
  }

  private function isHidden(EntityInterface $entity): bool {
    return !$this->isPart($entity) && !$entity->access('view', new AnonymousUserSession());
  }

  /**
   * Whether the page shows the item's own fields, not only its name.
   */
  private function isShownInside(EntityInterface $entity): bool {
    return $entity instanceof ContentEntityInterface && ($entity->getEntityTypeId() === 'media' || $this->isPart($entity));
  }

  private function isPart(EntityInterface $entity): bool {
    return CompositeChildren::isPart($entity->getEntityType());
  }

}
