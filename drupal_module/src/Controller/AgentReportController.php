<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Activity\RunTally;
use Drupal\background_agents\Activity\SiteWeeks;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\AgentNow;
use Drupal\background_agents\Ui\AgentReport;
use Drupal\background_agents\Ui\RunTable;
use Drupal\Core\Controller\ControllerBase;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Symfony\Component\HttpFoundation\Request;

/**
 * What one agent does and costs, and what comes of it.
 *
 * @internal
 */
final class AgentReportController extends ControllerBase {

  private const int LAST_RUNS = 10;

  public function __construct(
    private readonly AgentNow $now,
    private readonly AgentReport $report,
    private readonly RunTally $runs,
    private readonly RunTable $table,
  ) {}

  /**
   * The title of the page.
   */
  public function title(Agent $background_agents_agent): TranslatableMarkup {
    return $this->t('Report of @agent', ['@agent' => $background_agents_agent->label()]);
  }

  /**
   * The page.
   */
  public function page(Agent $background_agents_agent, Request $request): array {
    $period = SiteWeeks::period($request);
    return [
      '#cache' => ['max-age' => 0],
      '#attached' => ['library' => ['background_agents/outcomes']],
      'now' => $this->now->build($background_agents_agent),
      'heading' => ['#type' => 'html_tag', '#tag' => 'h2', '#value' => $this->t('By week')],
      'about' => [
        '#markup' => '<p>' . $this->t('Weeks begin on Monday in the time zone of the site; cost is booked on days in UTC, by the prices that the sidecar knows. A model without a price counts tokens, and no cost. Of the drafts that were decided, the share accepted counts those accepted with changes and in part; of these, the share edited counts those that people changed. Test runs are left out, but for what they cost.') . '</p>',
      ],
      'period' => $this->periods((string) $background_agents_agent->id(), $period),
      'report' => $this->report->build($background_agents_agent, $period),
      'last' => [
        'title' => ['#type' => 'html_tag', '#tag' => 'h2', '#value' => $this->t('Last runs')],
        'table' => $this->table->table($this->runs->last((string) $background_agents_agent->id(), self::LAST_RUNS), $this->t('The agent has not run yet.')),
      ],
    ];
  }

  /**
   * Links to other periods.
   */
  private function periods(string $agent, int $current): array {
    $links = [];
    foreach (SiteWeeks::PERIODS as $weeks) {
      $links[$weeks] = [
        'title' => $this->t('@count weeks', ['@count' => $weeks]),
        'url' => Url::fromRoute('background_agents.agent_report', ['background_agents_agent' => $agent], ['query' => ['weeks' => $weeks]]),
        'attributes' => $weeks === $current ? ['aria-current' => 'true', 'class' => ['is-active']] : [],
      ];
    }
    return ['#theme' => 'links', '#links' => $links, '#attributes' => ['class' => ['ba-links', 'ba-outcomes__periods']]];
  }

}
