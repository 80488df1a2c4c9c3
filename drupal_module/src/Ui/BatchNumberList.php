<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Batch\Batch;
use Drupal\background_agents\Batch\BatchState;
use Drupal\background_agents\Batch\BatchTally;
use Drupal\background_agents\Batch\Estimator;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Review\DraftListPage;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * The numbers of a batch, with links to what they count.
 *
 * @internal
 */
final class BatchNumberList {

  use StringTranslationTrait;

  public function __construct(
    private readonly ReasonText $reasons,
    private readonly BatchText $text,
    private readonly Estimator $estimator,
    private readonly EstimateText $estimates,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly DateFormatterInterface $dates,
    private readonly DraftListPage $drafts,
  ) {}

  /**
   * Builds the list.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(Batch $batch, BatchTally $tally): array {
    $facts = [];
    foreach (array_intersect_key($this->reasons->states(), $tally->runs) as $state => $label) {
      $facts[] = [$this->t('Runs: @state', ['@state' => $label]), $this->link((string) $tally->runs[$state], Url::fromRoute('entity.background_agents_run.collection', [], [
        'query' => ['batch' => $batch->id, 'state' => $state],
      ])),
      ];
    }
    $facts = [
      ...$facts,
      ...$tally->waiting > 0 ? [[$this->t('Items that wait'), self::plain((string) $tally->waiting)]] : [],
      ...$tally->cancelled > 0 ? [[$this->t('Items that were cancelled'), self::plain((string) $tally->cancelled)]] : [],
      ...$tally->refused > 0 ? [[$this->t('Items that were left out'), self::plain((string) $tally->refused)]] : [],
      [$this->t('Drafts'), $this->draftsOf($batch, $tally)],
      [$this->t('Cost so far'), self::plain((string) $this->text->spent($tally->cost, $tally->tokens))],
      ...$this->rest($batch, $tally),
      [$this->t('Started'), self::plain($this->dates->format($batch->created, 'short'))],
    ];
    if ($batch->finished !== NULL) {
      $facts[] = [$this->t('Ended'), self::plain($this->dates->format($batch->finished, 'short'))];
    }
    return [
      '#type' => 'inline_template',
      '#template' => '<dl class="ba-batch__numbers">{% for fact in facts %}<div><dt>{{ fact.0 }}</dt><dd>{{ fact.1 }}</dd></div>{% endfor %}</dl>',
      '#context' => ['facts' => $facts],
    ];
  }

  /**
   * What is left: its cost and its time, as far as that can be said.
   */
  private function rest(Batch $batch, BatchTally $tally): array {
    $left = $tally->waiting + $tally->open();
    $agent = $this->entityTypeManager->getStorage('background_agents_agent')->load($batch->agent);
    $average = $left === 0 || $batch->state === BatchState::Done ? NULL : $this->estimator->of($batch->agent);
    if ($average === NULL || !$agent instanceof Agent) {
      $estimate = $batch->state === BatchState::Done ? $batch->estimate : NULL;
      return $estimate === NULL ? [] : [
        [$this->t('Estimated before'), self::plain((string) $this->text->money($estimate))],
      ];
    }
    $rest = $this->text->spent($average->cost * $left, $average->tokens * $left);
    $seconds = $this->estimates->seconds($agent, $average, $left);
    return [
      [$this->t('The rest will cost about'), self::plain((string) $rest)],
      [$this->t('Time left, about'), self::plain($this->dates->formatInterval($seconds, 2))],
    ];
  }

  private function draftsOf(Batch $batch, BatchTally $tally): array {
    $text = (string) $this->t('@count, of which @pending wait for a decision', [
      '@count' => $tally->drafts,
      '@pending' => $tally->pending,
    ]);
    $query = ['batch' => $batch->id, 'state' => 'All'];
    $url = $tally->drafts > 0 && $this->drafts->isThere() ? Url::fromRoute(DraftListPage::ROUTE, [], ['query' => $query]) : NULL;
    return $url === NULL ? self::plain($tally->drafts === 0 ? '0' : $text) : $this->link($text, $url);
  }

  private function link(string $text, Url $url): array {
    return $url->access() ? ['#type' => 'link', '#title' => $text, '#url' => $url] : self::plain($text);
  }

  private static function plain(string $text): array {
    return ['#plain_text' => $text];
  }

}
