<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Query\PagerSelectExtender;
use Drupal\Core\Database\Query\SelectInterface;
use Drupal\Core\Database\Query\TableSortExtender;

/**
 * The dispatch keys of all people, a page at a time.
 *
 * @internal
 */
final class KeyList {

  private const int PER_PAGE = 50;

  private const int DAY = 86400;

  public function __construct(
    private readonly Connection $database,
    private readonly KeyStore $keys,
    private readonly TimeInterface $time,
  ) {}

  /**
   * The keys of the page that is asked for.
   *
   * @param \Drupal\background_agents\Key\KeyFilter $filter
   *   Which ones.
   * @param array<int, mixed> $header
   *   Headings of the table, some with a field to sort by: of `k`, the keys,
   *   or `u`, their owners.
   *
   * @return \Drupal\background_agents\Key\DispatchKey[]
   *   The keys.
   */
  public function page(KeyFilter $filter, array $header): array {
    if (!$this->keys->isThere()) {
      return [];
    }
    $query = $this->database->select(KeyStore::TABLE, 'k')->fields('k')
      ->extend(PagerSelectExtender::class)->limit(self::PER_PAGE)
      ->extend(TableSortExtender::class)->orderByHeader($header);
    $query->orderBy('k.id');
    $query->leftJoin('users_field_data', 'u', '[u].[uid] = [k].[uid] AND [u].[default_langcode] = 1');
    $this->filter($query, $filter);
    return array_map(KeyStore::key(...), $query->execute()->fetchAll());
  }

  private function filter(SelectInterface $query, KeyFilter $filter): void {
    $now = $this->time->getCurrentTime();
    if ($filter->text !== '') {
      $part = '%' . $this->database->escapeLike($filter->text) . '%';
      $query->condition($query->orConditionGroup()->condition('k.name', $part, 'LIKE')->condition('u.name', $part, 'LIKE')->condition('k.id', $filter->text));
    }
    if ($filter->agent !== '') {
      $member = '%' . $this->database->escapeLike(json_encode($filter->agent, JSON_THROW_ON_ERROR)) . '%';
      $query->condition($query->orConditionGroup()->isNull('k.agents')->condition('k.agents', $member, 'LIKE'));
    }
    match ($filter->expiry) {
      KeyFilter::EXPIRED => $query->condition('k.expires', $now, '<='),
      KeyFilter::NOT_EXPIRED => $query->condition($query->orConditionGroup()->isNull('k.expires')->condition('k.expires', $now, '>')),
      KeyFilter::ENDLESS => $query->isNull('k.expires'),
      default => NULL,
    };
    if ($filter->unusedDays > 0) {
      $query->condition($query->orConditionGroup()->isNull('k.used')->condition('k.used', $now - $filter->unusedDays * self::DAY, '<'));
    }
  }

}
