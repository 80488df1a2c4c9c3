<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;

/**
 * What stands above the list of runs.
 *
 * @internal
 */
final class RunListHead {

  use StringTranslationTrait;

  public function __construct(
    private readonly WaitingNotice $waiting,
    private readonly StopNotice $stop,
  ) {}

  /**
   * That all agents are stopped, and which runs wait for the person.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(AccountInterface $account): array {
    return [
      '#attached' => ['library' => ['background_agents/admin']],
      '#cache' => ['max-age' => 0],
      'stopped' => $this->stop->warning() ?? [],
      'waiting' => $this->waiting->build($account),
    ];
  }

  /**
   * A link to the list as a file, with the filters that are set.
   *
   * @param array<string, string> $filters
   *   As in the address of the list.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function csv(array $filters): array {
    return [
      '#type' => 'link',
      '#title' => $this->t('Download as CSV'),
      '#url' => Url::fromRoute('background_agents.runs_csv', [], ['query' => array_diff_key($filters, ['page' => TRUE])]),
      '#attributes' => ['class' => ['ba-csv']],
    ];
  }

}
