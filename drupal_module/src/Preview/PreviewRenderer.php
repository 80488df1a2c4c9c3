<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preview;

use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityPublishedInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Language\LanguageInterface;
use Drupal\Core\Render\RendererInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Renders one revision as the page of its item would show it.
 *
 * @internal
 */
final class PreviewRenderer {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly RendererInterface $renderer,
  ) {}

  /**
   * Whether items of a type can be rendered at all.
   */
  public function canRender(string $entityType): bool {
    return $this->entityTypeManager->hasHandler($entityType, 'view_builder');
  }

  /**
   * Renders a revision at once, as the current account may see it.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $revision
   *   The revision, in its language.
   *
   * @return array<string, mixed>
   *   A render array of markup, with a title.
   */
  public function page(ContentEntityInterface $revision): array {
    $entity = self::inPreview($revision);
    $language = $entity->language();
    $build = $this->entityTypeManager->getViewBuilder($entity->getEntityTypeId())->view($entity, 'full', $language->getId());
    unset($build['#cache']['keys']);
    // A root render: no placeholder is left to be filled in for somebody else.
    $markup = $this->renderer->renderInIsolation($build);
    return [
      '#title' => (string) ($entity->label() ?? $this->t('Preview')),
      '#type' => 'container',
      '#attributes' => [
        'lang' => $language->getId(),
        'dir' => $language->getDirection() === LanguageInterface::DIRECTION_RTL ? 'rtl' : 'ltr',
        'class' => ['ba-preview'],
      ],
      'item' => ['#markup' => $markup],
      '#attached' => $build['#attached'] ?? [],
      '#cache' => ['max-age' => 0],
    ];
  }

  /**
   * A copy that says it is a preview: others may hold the revision itself.
   *
   * It looks as it would when it is published, and is never saved. Node,
   * comments and content moderation look at in_preview, the template of nodes
   * at preview_view_mode.
   */
  private static function inPreview(ContentEntityInterface $revision): ContentEntityInterface {
    $entity = clone $revision;
    $entity->in_preview = TRUE;
    $entity->preview_view_mode = 'full';
    return $entity instanceof EntityPublishedInterface ? $entity->setPublished() : $entity;
  }

}
