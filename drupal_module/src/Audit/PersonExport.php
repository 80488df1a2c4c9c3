<?php

declare(strict_types=1);

namespace Drupal\background_agents\Audit;

use Drupal\background_agents\Contract\Json;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Notice\Notice;
use Drupal\background_agents\Notice\NoticeChoices;
use Drupal\background_agents\Notice\PersonNotices;
use Drupal\background_agents\Report\EventStore;
use Drupal\background_agents\Run\RunDocument;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\user\UserInterface;

/**
 * All that this module keeps of a person, for a copy that they ask for.
 *
 * @internal
 */
final class PersonExport {

  /**
   * Notices and events that are read at a time.
   */
  private const int ROWS = 1000;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly PersonalRows $rows,
    private readonly RunDocument $documents,
    private readonly EventStore $events,
    private readonly AuditLog $audit,
    private readonly PersonNotices $notices,
    private readonly NoticeChoices $choices,
    private readonly ReviewRows $reviews,
  ) {}

  /**
   * Returns it, as it is kept.
   *
   * @param \Drupal\user\UserInterface $person
   *   The person.
   * @param bool $hasTimelines
   *   Whether the runs come with all that happened in them.
   *
   * @return array<string, mixed>
   *   By kind: account, runs, batches, keys, decisions, drafts, what was sent
   *   back, rules, versions that were checked, notices, and what is mailed.
   */
  public function of(UserInterface $person, bool $hasTimelines): array {
    $uid = (int) $person->id();
    return [
      'account' => [
        'uid' => $uid,
        'uuid' => $person->uuid(),
        'name' => $person->getAccountName(),
        'mail' => $person->getEmail(),
      ],
      'runs' => $this->runs($uid, $hasTimelines),
      'batches' => array_map(self::batch(...), $this->rows->batches($uid)),
      'keys' => $this->rows->keys($uid),
      'decisions' => array_map(self::decision(...), $this->audit->ofPerson($uid)),
      'drafts' => $this->drafts($uid),
      'sent_back' => $this->reviews->sentBack($uid),
      'proposed_rules' => $this->reviews->proposedRules($uid),
      'checks' => $this->reviews->checks($uid),
      'notices' => $this->told($uid),
      'notice_choices' => $this->choices->own($uid),
    ];
  }

  private function runs(int $uid, bool $hasTimelines): array {
    $storage = $this->entityTypeManager->getStorage('background_agents_run');
    $found = [];
    for ($after = 0; ($ids = $this->rows->runs($uid, $after)) !== []; $after = max($ids)) {
      foreach ($storage->loadMultiple($ids) as $run) {
        assert($run instanceof Run);
        $found[] = $this->documents->run($run) + ($hasTimelines ? ['events' => $this->timeline((int) $run->id())] : []);
      }
      $storage->resetCache($ids);
    }
    return $found;
  }

  private function timeline(int $run): array {
    $events = [];
    for ($after = 0; ($page = $this->events->after($run, $after, self::ROWS)) !== []; $after = (int) end($page)['seq']) {
      array_push($events, ...$page);
    }
    return $events;
  }

  /**
   * What the person decided about drafts, with the reasons that they gave.
   */
  private function drafts(int $uid): array {
    return array_map(fn (Change $change): array => array_intersect_key($this->documents->change($change), [
      'uuid' => TRUE,
      'entity_type' => TRUE,
      'entity' => TRUE,
      'label' => TRUE,
      'status' => TRUE,
    ]) + [
      'decided' => $change->getDecidedTime() === NULL ? NULL : Json::time($change->getDecidedTime()),
      'reason' => $change->getReason(),
    ], array_values($this->entityTypeManager->getStorage('background_agents_change')->loadMultiple($this->rows->decided($uid))));
  }

  private function told(int $uid): array {
    $told = [];
    for ($offset = 0; ($page = $this->notices->page($uid, $offset, self::ROWS)) !== []; $offset += self::ROWS) {
      array_push($told, ...array_map(static fn (Notice $notice): array => [
        'kind' => $notice->kind->value,
        'agent' => $notice->agent,
        'run' => $notice->run,
        'time' => Json::time($notice->created),
      ], $page));
    }
    return $told;
  }

  private static function batch(array $row): array {
    return [
      'input' => json_decode($row['input'], FALSE, 512, JSON_THROW_ON_ERROR),
      'created' => Json::time($row['created']),
    ] + $row;
  }

  private static function decision(RecordedDecision $decision): array {
    return ['time' => Json::time($decision->time)] + get_object_vars($decision);
  }

}
