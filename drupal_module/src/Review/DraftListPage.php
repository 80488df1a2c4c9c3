<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\views\ViewEntityInterface;

/**
 * Where the list of drafts is: a view, which a site may disable or delete.
 *
 * @internal
 */
final class DraftListPage {

  public const string VIEW = 'background_agents_drafts';

  public const string DISPLAY = 'page_1';

  public const string ROUTE = 'view.' . self::VIEW . '.' . self::DISPLAY;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Whether the site has the page of the list.
   */
  public function isThere(): bool {
    $view = $this->entityTypeManager->hasDefinition('view') ? $this->entityTypeManager->getStorage('view')->load(self::VIEW) : NULL;
    $display = $view instanceof ViewEntityInterface && $view->status() ? $view->getDisplay(self::DISPLAY) : NULL;
    return is_array($display) && ($display['display_options']['enabled'] ?? TRUE);
  }

}
