<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\background_agents\Review\ChosenValues;
use Drupal\background_agents\Review\Diff\Passage;
use Drupal\background_agents\Review\Diff\TextDiff;
use Drupal\background_agents\Review\TextBlocks;

/**
 * Tells whether a live text is the former one with passages of the agent alone.
 *
 * That is what a reviewer leaves who accepts some passages: nobody's own words
 * are in it, so it can go back.
 *
 * @internal
 */
final class AcceptedPart {

  public function __construct(
    private readonly ChosenValues $values,
    private readonly TextBlocks $texts,
  ) {}

  /**
   * Judges the stored items of a field.
   *
   * @param string $type
   *   The field type.
   * @param list<array<string, mixed>> $before
   *   What stood there before the agent.
   * @param list<array<string, mixed>> $after
   *   What the agent left.
   * @param list<array<string, mixed>> $live
   *   What visitors see.
   */
  public function is(string $type, array $before, array $after, array $live): bool {
    $brought = $this->values->texts($type, $before, $after);
    $present = $this->values->texts($type, $before, $live);
    if ($present === [] || array_diff_key($present, $brought) !== []) {
      return FALSE;
    }
    foreach ($live as $delta => $item) {
      if (($item['format'] ?? NULL) !== ($after[$delta]['format'] ?? NULL) && ($item['format'] ?? NULL) !== ($before[$delta]['format'] ?? NULL)) {
        return FALSE;
      }
    }
    foreach ($present as $key => $diff) {
      [$delta, $property] = explode(':', $key);
      if (!$this->consistsOf($brought[$key], $diff, (string) $live[(int) $delta][$property], (string) ($live[(int) $delta]['format'] ?? ''))) {
        return FALSE;
      }
    }
    return TRUE;
  }

  /**
   * Whether the text is what comes out when some passages are accepted.
   */
  private function consistsOf(TextDiff $brought, TextDiff $present, string $text, string $format): bool {
    $found = array_count_values(array_map(self::key(...), $present->passages()));
    $accepted = [];
    foreach ($brought->passages() as $passage) {
      $key = self::key($passage);
      if (($found[$key] ?? 0) > 0) {
        $found[$key]--;
        $accepted[] = $passage->number;
      }
    }
    return $accepted !== [] && $this->texts->of($brought->with($accepted), $format) === $this->texts->of($text, $format);
  }

  private static function key(Passage $passage): string {
    $html = static fn (array $nodes): string => implode('', array_map(static fn (\DOMNode $node): string => (string) $node->ownerDocument->saveHTML($node), $nodes));
    return $html($passage->old) . "\n" . $html($passage->new);
  }

}
