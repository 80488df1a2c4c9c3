<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Outcome;

use Drupal\background_agents\Review\SequenceDiff;

/**
 * How much of what was changed in a list of tokens is in a later list.
 *
 * What was inserted counts where it stands in the later list in the company it
 * was written in; common words alone, which any text on the subject has, do
 * not. A deletion counts where nothing was inserted in its place: it holds
 * unless the deleted words came back.
 *
 * @internal
 */
final class Survival {

  /**
   * A word lives on in a run of at least so many tokens.
   */
  private const RUN = 3;

  /**
   * Letters that a corrected word may differ by, as a share of its length.
   */
  private const CORRECTED = 0.25;

  /**
   * Changes that are counted.
   */
  private int $changes = 0;

  /**
   * Changes that survived; parts for corrected words.
   */
  private float $survived = 0;

  /**
   * Constructs a Survival object.
   *
   * @param list<string> $before
   *   What the agent read.
   * @param list<string> $draft
   *   What it left.
   * @param list<string> $published
   *   What went live.
   * @param bool $isCorrectionAllowed
   *   Whether a word whose spelling was corrected lives on for the most part.
   */
  public function __construct(
    private readonly array $before,
    private readonly array $draft,
    private readonly array $published,
    private readonly bool $isCorrectionAllowed,
  ) {
    $kept = SequenceDiff::pairs($before, $draft);
    $live = SequenceDiff::pairs($draft, $published);
    $old = array_flip(SequenceDiff::pairs($before, $published));
    // What stands in neither version is new: words may have moved there.
    $new = array_diff_key($published, array_flip($live), $old);
    $this->countInsertions(array_flip($kept), $live, $old, $this->grams($published, $new));
    $this->countDeletions($kept, $live);
  }

  /**
   * Number of changes: words inserted, or deleted without a replacement.
   */
  public function changes(): int {
    return $this->changes;
  }

  /**
   * The share of the changes that survived, 0 to 1; 1 without changes.
   */
  public function share(): float {
    return $this->changes === 0 ? 1.0 : $this->survived / $this->changes;
  }

  private function countInsertions(array $fromBefore, array $live, array $old, array $moved): void {
    $inRun = self::runs($live);
    foreach ($this->draft as $position => $token) {
      if (isset($fromBefore[$position]) || !$this->counts($position, $fromBefore)) {
        continue;
      }
      $this->changes++;
      if (isset($inRun[$position]) || $this->isIn($this->draft, $position, $moved)) {
        $this->survived++;
      }
      elseif ($this->isCorrectionAllowed) {
        $this->survived += $this->corrected($position, $live, $old);
      }
    }
  }

  /**
   * Whether an inserted token is a change of its own.
   *
   * The tag around inserted words is not: only one around words that stood
   * there before, and one that holds no words, such as an image.
   */
  private function counts(int $position, array $fromBefore): bool {
    $token = $this->draft[$position];
    if (!str_starts_with($token, '<') || $token === '<') {
      return TRUE;
    }
    $next = $this->draft[$position + 1] ?? NULL;
    return preg_match('/^<(?:img|drupal-|br|hr|iframe|video|audio|embed|object|input)/', $token) === 1
      || ($next !== NULL && isset($fromBefore[$position + 1]) && !str_starts_with($next, '<'));
  }

  /**
   * Deletions that nothing was inserted for.
   */
  private function countDeletions(array $kept, array $live): void {
    $cameBack = $this->grams($this->published, array_diff_key($this->published, array_flip($live)));
    $after = -1;
    $deleted = [];
    foreach ([...array_keys($this->before), count($this->before)] as $position) {
      $inDraft = $position === count($this->before) ? count($this->draft) : $kept[$position] ?? NULL;
      if ($inDraft === NULL) {
        $deleted[] = $position;
        continue;
      }
      if ($inDraft === $after + 1) {
        $this->countDeleted($deleted, $cameBack);
      }
      $after = $inDraft;
      $deleted = [];
    }
  }

  private function countDeleted(array $deleted, array $cameBack): void {
    foreach ($deleted as $position) {
      if (str_starts_with($this->before[$position], '<')) {
        continue;
      }
      $this->changes++;
      $this->survived += $this->isIn($this->before, $position, $cameBack) ? 0 : 1;
    }
  }

  /**
   * Positions in the first list whose pairs stand in a run that is long enough.
   *
   * @param array<int, int> $pairs
   *   Pairs of equal tokens.
   *
   * @return array<int, true>
   */
  private static function runs(array $pairs): array {
    $found = [];
    $run = [];
    $last = NULL;
    foreach ($pairs + [PHP_INT_MAX => PHP_INT_MAX] as $position => $other) {
      if ($last === NULL || $position !== $last[0] + 1 || $other !== $last[1] + 1) {
        $found += count($run) >= self::RUN ? array_fill_keys($run, TRUE) : [];
        $run = [];
      }
      $run[] = $position;
      $last = [$position, $other];
    }
    return $found;
  }

  /**
   * Runs of three tokens that have a new one in them.
   *
   * @return array<string, true>
   */
  private function grams(array $tokens, array $new): array {
    $grams = [];
    foreach (array_keys($new) as $position) {
      for ($start = $position - self::RUN + 1; $start <= $position; $start++) {
        $gram = array_slice($tokens, max(0, $start), self::RUN);
        if ($start >= 0 && count($gram) === self::RUN) {
          $grams[implode("\0", $gram)] = TRUE;
        }
      }
    }
    return $grams;
  }

  private function isIn(array $tokens, int $position, array $grams): bool {
    for ($start = max(0, $position - self::RUN + 1); $grams !== [] && $start <= $position; $start++) {
      if (isset($grams[implode("\0", array_slice($tokens, $start, self::RUN))])) {
        return TRUE;
      }
    }
    return FALSE;
  }

  /**
   * How much of a word is left that was corrected where it stands, 0 to 1.
   */
  private function corrected(int $position, array $live, array $old): float {
    $word = $this->draft[$position];
    $inPublished = isset($live[$position - 1]) ? $live[$position - 1] + 1 : (isset($live[$position + 1]) ? $live[$position + 1] - 1 : NULL);
    $other = $inPublished === NULL || isset($old[$inPublished]) ? NULL : $this->published[$inPublished] ?? NULL;
    if ($other === NULL || preg_match('/^\p{L}{4,}$/u', $word) !== 1 || preg_match('/^\p{L}{4,}$/u', $other) !== 1) {
      return 0;
    }
    $length = max(strlen($word), strlen($other));
    $distance = $length > 255 ? $length : levenshtein($word, $other);
    return $distance <= self::CORRECTED * $length ? 1 - $distance / $length : 0;
  }

}
