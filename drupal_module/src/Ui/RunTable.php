<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunListAccess;
use Drupal\Core\Database\Connection;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * The plain table of runs: where one item is concerned, and without Views.
 *
 * Nothing is counted: with millions of runs a count takes longer than the page.
 * The pager only knows whether there is a next page.
 *
 * @internal
 */
final class RunTable {

  use StringTranslationTrait;

  private const int PER_PAGE = 50;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly Connection $database,
    private readonly RunListAccess $access,
    private readonly RunCells $cells,
    private readonly PageLinks $pages,
  ) {}

  /**
   * All runs that a person may see, newest first, with a pager.
   *
   * Not an entity query: that joins the table to itself, and sorts all of it.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(AccountInterface $account): array {
    $query = $this->database->select('background_agents_run', 'r')->fields('r', ['id'])->orderBy('created', 'DESC')->orderBy('id', 'DESC');
    $this->access->restrict($query, 'r', $account);
    $ids = $query->range($this->pages->offset(self::PER_PAGE), self::PER_PAGE + 1)->execute()->fetchCol();
    $runs = $this->entityTypeManager->getStorage('background_agents_run')->loadMultiple($this->pages->page($ids, self::PER_PAGE));
    return [
      '#cache' => ['max-age' => 0],
      'table' => $this->table($runs, $this->t('No agent has run yet.')),
      'pager' => $this->pages->build(),
    ];
  }

  /**
   * A table of runs.
   *
   * @param \Drupal\background_agents\Entity\Run[] $runs
   *   The runs, in order.
   * @param \Drupal\Core\StringTranslation\TranslatableMarkup $empty
   *   What stands there without any.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function table(array $runs, TranslatableMarkup $empty): array {
    $this->cells->prepare($runs);
    return CardTable::of([
      '#type' => 'table',
      '#header' => [
        $this->t('State'),
        $this->t('Agent'),
        $this->t('About'),
        $this->t('Started by'),
        $this->t('When'),
        $this->t('Took'),
        $this->t('Tokens'),
        $this->t('Drafts'),
      ],
      '#rows' => array_map($this->row(...), $runs),
      '#empty' => $empty,
    ], $this->t('Runs'));
  }

  /**
   * One row.
   */
  private function row(Run $run): array {
    return [
      ['data' => $this->cells->state($run)],
      ['data' => $run->toLink($run->getAgentLabel())->toRenderable()],
      ['data' => ['#plain_text' => $this->cells->about($run)]],
      $this->cells->startedBy($run),
      $this->cells->when($run),
      $this->cells->took($run),
      $this->cells->tokens($run),
      (string) $run->getUsage()['writes'],
    ];
  }

}
