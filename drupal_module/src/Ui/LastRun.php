<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Run;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * What an agent did last, for the list of agents.
 *
 * @internal
 */
final class LastRun {

  use StringTranslationTrait;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ReasonText $reasonText,
    private readonly DateFormatterInterface $dateFormatter,
  ) {}

  /**
   * The last run, with a link to it.
   */
  public function of(Agent $agent): array {
    $ids = $this->entityTypeManager->getStorage('background_agents_run')->getQuery()->accessCheck(FALSE)
      ->condition('agent', $agent->id())->sort('created', 'DESC')->sort('id', 'DESC')->range(0, 1)->execute();
    $run = $ids === [] ? NULL : $this->entityTypeManager->getStorage('background_agents_run')->load(reset($ids));
    if (!$run instanceof Run) {
      return ['#markup' => $this->t('never')];
    }
    $text = $this->t('@state, @ago ago', [
      '@state' => $this->reasonText->state($run->getState()->value),
      '@ago' => $this->dateFormatter->formatTimeDiffSince($run->getCreatedTime(), ['granularity' => 1]),
    ]);
    $url = Url::fromRoute('entity.background_agents_run.canonical', ['background_agents_run' => $run->id()]);
    return $run->access('view') ? ['#type' => 'link', '#title' => $text, '#url' => $url] : ['#plain_text' => (string) $text];
  }

}
