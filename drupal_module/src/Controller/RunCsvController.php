<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Run\RunRows;
use Drupal\background_agents\Ui\CsvFile;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;

/**
 * The list of runs as a file for spreadsheets, with the filters of the list.
 *
 * @internal
 */
final class RunCsvController implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly RunRows $rows,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * The file.
   */
  public function csv(Request $request): Response {
    return CsvFile::response('runs', $this->rows->of($this->rows->ids($request->query->all(), $this->currentUser)));
  }

}
