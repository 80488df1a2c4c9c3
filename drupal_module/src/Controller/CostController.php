<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Activity\CostPeriods;
use Drupal\background_agents\Ui\CostTable;
use Drupal\background_agents\Ui\CsvFile;
use Drupal\Core\Controller\ControllerBase;
use Drupal\Core\Url;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;

/**
 * What agents have spent.
 *
 * @internal
 */
final class CostController extends ControllerBase {

  public function __construct(
    private readonly CostTable $table,
  ) {}

  /**
   * The page.
   */
  public function page(Request $request): array {
    $periods = CostPeriods::of($request);
    return [
      '#cache' => ['max-age' => 0],
      '#attached' => ['library' => ['background_agents/outcomes']],
      'about' => [
        '#markup' => '<p>' . $this->t('What the models of agents cost, on days in UTC, by the prices that the sidecar knows. It is counted when an answer of a model comes, and kept as long as runs are. "No price" means that tokens were used, and the sidecar has no price for the model, or the price is 0: budgets in money do not hold then, so give such an agent a limit of tokens, or set the price in the settings of the sidecar.') . '</p>',
      ],
      'periods' => $this->links($periods),
      'table' => $this->table->build($periods),
    ];
  }

  /**
   * The numbers as a file for spreadsheets.
   */
  public function csv(Request $request): Response {
    $periods = CostPeriods::of($request);
    return CsvFile::response('cost-by-' . $periods->value, $this->table->plain($periods));
  }

  /**
   * Links to other periods, and to the file.
   */
  private function links(CostPeriods $current): array {
    $labels = ['day' => $this->t('By day'), 'week' => $this->t('By week'), 'month' => $this->t('By month')];
    $links = [];
    foreach ($labels as $by => $label) {
      $links[$by] = [
        'title' => $label,
        'url' => Url::fromRoute('background_agents.cost', [], ['query' => ['by' => $by]]),
        'attributes' => $by === $current->value ? ['aria-current' => 'true', 'class' => ['is-active']] : [],
      ];
    }
    $links['csv'] = [
      'title' => $this->t('Download as CSV'),
      'url' => Url::fromRoute('background_agents.cost_csv', [], ['query' => ['by' => $current->value]]),
    ];
    return ['#theme' => 'links', '#links' => $links, '#attributes' => ['class' => ['ba-links', 'ba-outcomes__periods']]];
  }

}
