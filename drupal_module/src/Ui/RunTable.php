<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Run\RunState;
use Drupal\background_agents\Timeline\Value;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Datetime\DateFormatterInterface;
use Drupal\Core\Datetime\DrupalDateTime;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * The table of runs.
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
    private readonly DateFormatterInterface $dateFormatter,
    private readonly ReasonText $reasonText,
    private readonly RunBadge $badge,
    private readonly PageLinks $pages,
  ) {}

  /**
   * The table with its pager.
   *
   * @param array<string, string> $filters
   *   See RunFilterForm::filters().
   * @param \Drupal\Core\Session\AccountInterface $account
   *   Whoever looks: those without the permission for all runs see their own.
   *
   * @return array<string, mixed>
   *   A render array.
   */
  public function build(array $filters, AccountInterface $account): array {
    $storage = $this->entityTypeManager->getStorage('background_agents_run');
    $ids = $this->query($filters, $account)->range($this->pages->offset(self::PER_PAGE), self::PER_PAGE + 1)->execute()->fetchCol();
    $runs = $storage->loadMultiple($this->pages->page($ids, self::PER_PAGE));
    return [
      '#cache' => ['max-age' => 0],
      'table' => $this->table($runs, $filters === [] ? $this->t('No agent has run yet.') : $this->t('No run fits these filters.')),
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
    return WideTable::of([
      '#type' => 'table',
      '#header' => [
        $this->t('State'),
        $this->t('Agent'),
        $this->t('About'),
        ['data' => $this->t('Started by'), 'class' => [RESPONSIVE_PRIORITY_MEDIUM]],
        $this->t('When'),
        ['data' => $this->t('Took'), 'class' => [RESPONSIVE_PRIORITY_LOW]],
        ['data' => $this->t('Tokens'), 'class' => [RESPONSIVE_PRIORITY_LOW]],
        ['data' => $this->t('Drafts'), 'class' => [RESPONSIVE_PRIORITY_LOW]],
      ],
      '#rows' => array_map($this->row(...), $runs),
      '#empty' => $empty,
    ], $this->t('Runs'));
  }

  /**
   * The query for the runs, newest first.
   *
   * Not an entity query: that joins the table to itself, and sorts all of it.
   */
  private function query(array $filters, AccountInterface $account): SelectInterface {
    $query = $this->database->select('background_agents_run', 'r')->fields('r', ['id'])->orderBy('created', 'DESC')->orderBy('id', 'DESC');
    if (!$account->hasPermission('administer background agents') && !$account->hasPermission('view any background agent run')) {
      $query->condition('uid', $account->id());
    }
    foreach (['agent' => 'agent', 'trigger' => 'trigger_type'] as $key => $field) {
      if (isset($filters[$key])) {
        $query->condition($field, $filters[$key]);
      }
    }
    if (isset($filters['state'])) {
      $query->condition('state', $filters['state'] === 'open' ? RunState::open() : [$filters['state']], 'IN');
    }
    foreach (['from' => ['>=', '00:00:00'], 'to' => ['<=', '23:59:59']] as $key => [$operator, $time]) {
      $date = isset($filters[$key]) && preg_match('/^\d{4}-\d\d-\d\d$/', $filters[$key]) ? strtotime($filters[$key] . ' ' . $time) : FALSE;
      if ($date !== FALSE) {
        // strtotime() takes the time zone of the person, which Drupal sets.
        $query->condition('created', $date, $operator);
      }
    }
    return $query;
  }

  /**
   * One row.
   */
  private function row(Run $run): array {
    $usage = $run->getUsage();
    $reason = $run->isFinal() && $run->getState() !== RunState::Completed ? (string) $run->getReason() : '';
    $target = $run->getTarget();
    return [
      [
        'data' => [
          'badge' => $this->badge->build($run),
          'reason' => [
            '#type' => 'html_tag',
            '#tag' => 'div',
            '#attributes' => ['class' => ['ba-meta']],
            'text' => ['#plain_text' => $reason],
            '#access' => $reason !== '',
          ],
        ],
      ],
      ['data' => $run->toLink($run->getAgentLabel())->toRenderable()],
      ['data' => ['#plain_text' => Value::text((string) ($target['label'] ?? $target['uuid'] ?? ''))['text']]],
      $this->startedBy($run),
      $this->dateFormatter->format($run->getCreatedTime(), 'short'),
      $this->took($run),
      number_format($usage['input_tokens'] + $usage['output_tokens']),
      (string) $usage['writes'],
    ];
  }

  /**
   * Trigger and person.
   */
  private function startedBy(Run $run): mixed {
    $requester = $run->getRequester();
    $trigger = $this->reasonText->trigger($run->getTriggerType());
    return $requester === NULL ? $trigger : $this->t('@trigger, @name', [
      '@trigger' => $trigger,
      '@name' => $requester->getDisplayName(),
    ]);
  }

  /**
   * How long it took, or has been going on.
   */
  private function took(Run $run): mixed {
    if ($run->getStartedTime() === NULL) {
      return '';
    }
    $end = $run->getFinishedTime() ?? (new DrupalDateTime())->getTimestamp();
    return $this->dateFormatter->formatInterval(max(1, $end - $run->getStartedTime()), 2);
  }

}
