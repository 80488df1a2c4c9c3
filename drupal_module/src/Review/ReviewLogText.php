<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Guard\RevisionLogText;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * What the revision log says of decisions about agents' drafts.
 *
 * Like Guard\RevisionLogText it names the run, and escapes what an agent wrote.
 *
 * @internal
 */
final class ReviewLogText {

  /**
   * A person published the draft, or a part of it.
   */
  public static function accepted(Change $change, AccountInterface $who, bool $isPart): string {
    $arguments = self::arguments($change) + ['@who' => $who->getDisplayName()];
    return self::text($change, $isPart
      ? new TranslatableMarkup('Accepted in part by @who: draft of the agent @agent, run @run.', $arguments)
      : new TranslatableMarkup('Accepted by @who: draft of the agent @agent, run @run.', $arguments));
  }

  /**
   * The rest of a draft that was published in part.
   */
  public static function kept(Change $change): string {
    return self::text($change, new TranslatableMarkup('What was not accepted of the draft of the agent @agent, run @run.', self::arguments($change)));
  }

  /**
   * A person refused the draft, and left what others made of it.
   */
  public static function putBack(Change $change): string {
    return self::text($change, new TranslatableMarkup('What was there before the refused draft of the agent @agent, run @run.', self::arguments($change)));
  }

  private static function arguments(Change $change): array {
    $run = $change->getRun();
    return ['@agent' => $run?->getAgentLabel() ?? $change->getAgentId(), '@run' => $run?->uuid() ?? $change->getRunId()];
  }

  private static function text(Change $change, TranslatableMarkup $sentence): string {
    return trim($sentence . ' ' . RevisionLogText::escape($change->getSummary()));
  }

}
