<?php

declare(strict_types=1);

namespace Drupal\background_agents\Run;

use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\views\ViewEntityInterface;
use Drupal\views\ViewExecutable;
use Drupal\views\Views;

/**
 * The list of runs as a view, which a site may change, disable or delete.
 *
 * Its page takes the place of the plain list at the same address.
 *
 * @internal
 */
final class RunListPage {

  public const string VIEW = 'background_agents_runs';

  public const string DISPLAY = 'page_1';

  public const string ROUTE = 'entity.background_agents_run.collection';

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * The view with the page of the list; NULL: the site has none.
   */
  public function view(): ?ViewExecutable {
    $view = $this->entityTypeManager->hasDefinition('view') ? $this->entityTypeManager->getStorage('view')->load(self::VIEW) : NULL;
    $display = $view instanceof ViewEntityInterface && $view->status() ? $view->getDisplay(self::DISPLAY) : NULL;
    if (!is_array($display) || !($display['display_options']['enabled'] ?? TRUE)) {
      return NULL;
    }
    // A fresh one: what was built for somebody else is not built again.
    $executable = Views::executableFactory()->get($view);
    $executable->setDisplay(self::DISPLAY);
    return $executable;
  }

}
