<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Outcome;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * What became of a draft, as a report counts it.
 *
 * @internal
 */
enum Fate: string {

  case Accepted = 'accepted';
  case Changed = 'changed';
  case Partly = 'partly';
  case Replaced = 'replaced';
  case Refused = 'refused';
  case Superseded = 'superseded';
  case Undecided = 'undecided';

  /**
   * What became of a change; NULL: it counts nowhere.
   *
   * Such is what an agent wrote live with the site's leave, a draft that
   * changed nothing, and one from before outcomes were measured.
   */
  public static function of(string $status, ?string $outcome): ?self {
    return match (TRUE) {
      $status === Change::PENDING => self::Undecided,
      $outcome === Outcome::ACCEPTED => self::Accepted,
      $outcome === Outcome::ACCEPTED_WITH_CHANGES => self::Changed,
      $outcome === Outcome::PARTLY => self::Partly,
      $status === Change::REJECTED => self::Refused,
      $outcome === Outcome::REPLACED => self::Replaced,
      $status === Change::SUPERSEDED, $status === Change::DISCARDED => self::Superseded,
      default => NULL,
    };
  }

  /**
   * Its name for people.
   */
  public function label(): TranslatableMarkup {
    return match ($this) {
      self::Accepted => new TranslatableMarkup('Accepted'),
      self::Changed => new TranslatableMarkup('Accepted with changes'),
      self::Partly => new TranslatableMarkup('Partly accepted'),
      self::Replaced => new TranslatableMarkup('Replaced'),
      self::Refused => new TranslatableMarkup('Refused'),
      self::Superseded => new TranslatableMarkup('Superseded'),
      self::Undecided => new TranslatableMarkup('Undecided'),
    };
  }

}
