<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Batch\LaneRoom;
use Drupal\background_agents\Batch\RunAverage;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * What some runs of an agent will cost and take, in sentences.
 *
 * @internal
 */
final class EstimateText {

  use StringTranslationTrait;

  public function __construct(
    private readonly LaneRoom $room,
    private readonly BatchText $text,
    private readonly DateFormatterInterface $dates,
  ) {}

  /**
   * The estimate, and how it stands to the budget of today.
   *
   * @param \Drupal\background_agents\Entity\Agent $agent
   *   The agent.
   * @param \Drupal\background_agents\Batch\RunAverage|null $average
   *   Of its runs; NULL: none has ended.
   * @param int $runs
   *   How many runs there will be.
   *
   * @return \Drupal\Core\StringTranslation\TranslatableMarkup[]
   *   Sentences.
   */
  public function sentences(Agent $agent, ?RunAverage $average, int $runs): array {
    if ($average === NULL) {
      return [
        $this->t('What it will cost is not known: no run of this agent has ended yet. Run it over a few items first.'),
        ...$this->budget($agent, 0),
      ];
    }
    $seconds = $this->seconds($agent, $average, $runs);
    return [
      $average->cost > 0
        ? $this->t('About @cost: @each for each run, @basis.', [
          '@cost' => $this->text->money($average->cost * $runs),
          '@each' => $this->text->money($average->cost),
          '@basis' => $this->basis($average),
        ])
        : $this->t('About @tokens tokens: @each for each run, @basis. Its price is not known.', [
          '@tokens' => number_format($average->tokens * $runs),
          '@each' => number_format($average->tokens),
          '@basis' => $this->basis($average),
        ]),
      $this->t('About @time, with @count runs at the same time.', [
        '@time' => $this->dates->formatInterval(max(1, $seconds), 2),
        '@count' => $this->room->concurrency($agent),
      ]),
      ...$this->budget($agent, (int) ($average->cost * $runs)),
    ];
  }

  /**
   * How long some runs will take, in seconds.
   */
  public function seconds(Agent $agent, RunAverage $average, int $runs): int {
    return (int) ceil(max(1.0, $average->seconds) * $runs / $this->room->concurrency($agent));
  }

  private function basis(RunAverage $average): TranslatableMarkup {
    return $this->formatPlural($average->runs, 'as its last run was', 'as its last @count runs were on average');
  }

  /**
   * What the budget of the day says to it, if there is one.
   *
   * @return \Drupal\Core\StringTranslation\TranslatableMarkup[]
   *   One sentence at most.
   */
  private function budget(Agent $agent, int $cost): array {
    $left = $this->room->budgetLeft($agent);
    return match (TRUE) {
      $left === NULL => [],
      $cost > $left => [$this->t("The agent's budget has @left left for today (UTC). When it is used up, the batch waits and goes on the next day.", ['@left' => $this->text->money($left)])],
      default => [$this->t("The agent's budget has @left left for today (UTC).", ['@left' => $this->text->money($left)])],
    };
  }

}
