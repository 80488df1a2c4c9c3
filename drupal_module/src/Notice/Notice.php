<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

/**
 * One thing that one person is told.
 *
 * @internal
 */
final readonly class Notice {

  /**
   * Constructs a Notice object.
   *
   * @param int $uid
   *   The person.
   * @param \Drupal\background_agents\Notice\NoticeKind $kind
   *   What it is.
   * @param string $subject
   *   What it is about: the same person is told once of the same.
   * @param string $agent
   *   Id of the agent; empty: of all.
   * @param int|null $run
   *   Numeric id of the run.
   * @param int $amount
   *   How many drafts there are, or how often it failed.
   * @param int|null $draft
   *   Id of the draft, when it is one.
   * @param int $created
   *   Unix time.
   * @param bool $isNew
   *   Whether the person has not seen it yet.
   * @param int $id
   *   Its number; 0: it is not stored yet.
   */
  public function __construct(
    public int $uid,
    public NoticeKind $kind,
    public string $subject,
    public string $agent,
    public ?int $run,
    public int $amount = 0,
    public ?int $draft = NULL,
    public int $created = 0,
    public bool $isNew = TRUE,
    public int $id = 0,
  ) {}

  /**
   * Makes it of a row of the database.
   */
  public static function fromRow(\stdClass $row): self {
    return new self(
      (int) $row->uid,
      NoticeKind::from($row->kind),
      $row->subject,
      $row->agent,
      $row->run === NULL ? NULL : (int) $row->run,
      (int) $row->amount,
      $row->draft === NULL ? NULL : (int) $row->draft,
      (int) $row->created,
      $row->seen === NULL,
      (int) $row->id,
    );
  }

}
