<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

/**
 * What one person said when they sent drafts of a run back.
 *
 * @internal
 */
final readonly class SentBack {

  /**
   * Sets what is given.
   *
   * @param int $round
   *   The round that began with it; 0: it waits for the end of the run.
   * @param string $name
   *   Who sent it: the name then, or a pseudonym.
   * @param int $created
   *   When, in Unix seconds.
   * @param list<\Drupal\background_agents\Review\Remark> $remarks
   *   What they said.
   */
  public function __construct(
    public int $round,
    public string $name,
    public int $created,
    public array $remarks,
  ) {}

  /**
   * Makes it of a row of the database.
   */
  public static function fromRow(\stdClass $row): self {
    $remarks = array_map(
      static fn (array $remark): Remark => new Remark($remark['text'], $remark['change'], $remark['field'] ?? NULL),
      json_decode($row->remarks, TRUE, 512, JSON_THROW_ON_ERROR),
    );
    return new self((int) $row->round, $row->name, (int) $row->created, $remarks);
  }

  /**
   * Whether something was said about one of these drafts.
   *
   * @param string[] $changes
   *   UUIDs.
   */
  public function isAbout(array $changes): bool {
    return array_filter($this->remarks, static fn (Remark $remark): bool => in_array($remark->change, $changes, TRUE)) !== [];
  }

}
