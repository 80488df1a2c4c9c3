<?php

declare(strict_types=1);

namespace Drupal\background_agents\Guard;

use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Timeline\Value;

/**
 * What the revision log says of the work of an agent.
 *
 * Core prints log messages as markup, with links: what an agent writes is
 * escaped here. The id of the run is what pages make links of, see
 * Ui\RevisionLogLinks.
 *
 * @internal
 */
final class RevisionLogText {

  private const int MOST = 1000;

  /**
   * An agent saved the revision.
   *
   * @param \Drupal\background_agents\Entity\Run $run
   *   Its run.
   * @param string $summary
   *   What it did and why, as it says.
   */
  public static function ofAgent(Run $run, string $summary = ''): string {
    $who = sprintf('Agent "%s", run %s', self::escape($run->getAgentLabel()), $run->uuid());
    return $summary === '' ? "$who." : "$who: " . self::escape($summary);
  }

  /**
   * Text as markup that shows it; quotes need no escape in the log.
   */
  public static function escape(string $text): string {
    return htmlspecialchars(mb_substr(trim(Value::text($text)['text']), 0, self::MOST), ENT_NOQUOTES | ENT_SUBSTITUTE);
  }

}
