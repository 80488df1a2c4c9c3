<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Activity\SiteWeeks;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Review\Outcome\OutcomeTally;
use Drupal\background_agents\Ui\OutcomeChart;
use Drupal\background_agents\Ui\OutcomeTable;
use Drupal\Core\Controller\ControllerBase;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;

/**
 * What came of an agent's drafts, week by week.
 *
 * @internal
 */
final class AgentOutcomesController extends ControllerBase {

  /**
   * Reasons of refusals that are listed.
   */
  private const int REASONS = 20;

  public function __construct(
    private readonly OutcomeTally $tally,
    private readonly OutcomeChart $chart,
    private readonly OutcomeTable $table,
  ) {}

  /**
   * The title of the page.
   */
  public function title(Agent $background_agents_agent): TranslatableMarkup {
    return $this->t('Outcomes of @agent', ['@agent' => $background_agents_agent->label()]);
  }

  /**
   * The page.
   */
  public function page(Agent $background_agents_agent, Request $request): array {
    $agent = (string) $background_agents_agent->id();
    $period = SiteWeeks::period($request);
    $weeks = $this->tally->weeks($agent, $period);
    return [
      '#cache' => ['max-age' => 0],
      '#attached' => ['library' => ['background_agents/outcomes']],
      'about' => [
        '#markup' => '<p>' . $this->t('What became of the drafts that the agent left in each week. Weeks begin on Monday in the time zone of the site (@zone). The share tells how much of what the agent changed was published. What agents may write live, and drafts that changed nothing, are not counted.', ['@zone' => $weeks[0]->begins->getTimezone()->getName()]) . '</p>',
      ],
      'period' => $this->periods($agent, $period),
      'chart' => $this->chart->build($weeks),
      'weeks' => $this->table->weeks($weeks),
      'refusals' => $this->table->refusals($this->tally->refusals($agent, $weeks[0]->begins, self::REASONS)),
    ];
  }

  /**
   * The numbers as a file for spreadsheets.
   */
  public function csv(Agent $background_agents_agent, Request $request): Response {
    $lines = '';
    foreach ($this->table->plain($this->tally->weeks((string) $background_agents_agent->id(), SiteWeeks::period($request))) as $row) {
      // Names, dates and numbers of our own: nothing that needs quotes.
      $lines .= implode(',', $row) . "\r\n";
    }
    return new Response($lines, 200, [
      'Content-Type' => 'text/csv; charset=utf-8',
      'Content-Disposition' => 'attachment; filename="outcomes-' . $background_agents_agent->id() . '.csv"',
      'Cache-Control' => 'private, no-store',
    ]);
  }

  /**
   * Links to other periods, and to the file.
   */
  private function periods(string $agent, int $current): array {
    $links = [];
    foreach (SiteWeeks::PERIODS as $weeks) {
      $links[$weeks] = [
        'title' => $this->t('@count weeks', ['@count' => $weeks]),
        'url' => self::url('background_agents.agent_outcomes', $agent, $weeks),
        'attributes' => $weeks === $current ? ['aria-current' => 'true', 'class' => ['is-active']] : [],
      ];
    }
    $links['csv'] = [
      'title' => $this->t('Download as CSV'),
      'url' => self::url('background_agents.agent_outcomes_csv', $agent, $current),
    ];
    return ['#theme' => 'links', '#links' => $links, '#attributes' => ['class' => ['ba-links', 'ba-outcomes__periods']]];
  }

  private static function url(string $route, string $agent, int $weeks): Url {
    return Url::fromRoute($route, ['background_agents_agent' => $agent], ['query' => ['weeks' => $weeks]]);
  }

}
