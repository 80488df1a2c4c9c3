<?php

declare(strict_types=1);

namespace Drupal\background_agents\Notice;

/**
 * What people are told of.
 *
 * @internal
 */
enum NoticeKind: string {

  // A run of the person left drafts.
  case Draft = 'draft';
  // A run that nobody waits for left drafts that the person may review.
  case Review = 'review';
  // An agent has answered a draft that the person sent back.
  case Back = 'back';
  // A run failed, or nobody answered it in time.
  case Failed = 'failed';
  // A run of the person waits for an answer.
  case Question = 'question';
  // The last runs of an agent have all failed.
  case Failing = 'failing';
  // A budget of a day is reached.
  case Budget = 'budget';

  /**
   * The permission without which nobody is told; NULL: it is about own runs.
   */
  public function permission(): ?string {
    return match ($this) {
      self::Review, self::Back => 'review background agent drafts',
      self::Failing, self::Budget => 'administer background agents',
      default => NULL,
    };
  }

}
