<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Outcome;

/**
 * Measures what of an agent's draft is in what was published.
 *
 * Compares normal values, as StoredValues tells them. What people add where
 * the agent changed nothing lowers nothing.
 *
 * @internal
 */
final class OutcomeMeasure {

  private const TEXT_TYPES = ['string', 'string_long', 'text', 'text_long', 'text_with_summary'];

  /**
   * What a changed item counts of which a property is live.
   */
  private const PART = 0.5;

  /**
   * Measures how much of a draft was published.
   *
   * @param array<string, list<mixed>> $before
   *   Values that the agent read, by field; none for a new item.
   * @param array<string, list<mixed>> $draft
   *   Values that it left.
   * @param array<string, list<mixed>> $published
   *   Values that went live.
   * @param array<string, string> $types
   *   Field types, by field.
   *
   * @return \Drupal\background_agents\Review\Outcome\Outcome|null
   *   NULL when the agent changed nothing.
   */
  public function of(array $before, array $draft, array $published, array $types): ?Outcome {
    $fields = [];
    foreach ($types as $name => $type) {
      [$old, $made, $live] = [$before[$name] ?? [], $draft[$name] ?? [], $published[$name] ?? []];
      if (self::key($old) === self::key($made)) {
        continue;
      }
      $fields[$name] = in_array($type, self::TEXT_TYPES, TRUE) ? $this->text($old, $made, $live) : $this->items($old, $made, $live);
    }
    return Outcome::of($fields);
  }

  /**
   * A text: by words; its weight grows as the root of its length.
   */
  private function text(array $before, array $draft, array $published): FieldOutcome {
    [$old, $made, $live] = array_map(self::tokens(...), [$before, $draft, $published]);
    $survival = new Survival($old->words(), $made->words(), $live->words(), TRUE);
    $exact = new Survival($old->exact(), $made->exact(), $live->exact(), FALSE);
    $isSame = self::key($draft) === self::key($published);
    // Only marks were changed.
    $counted = $survival->changes() > 0 ? $survival : $exact;
    $share = $isSame ? 1.0 : $counted->share();
    return new FieldOutcome($share, sqrt(max(1, $counted->changes())), $isSame || ($exact->changes() > 0 && $exact->share() >= 1.0));
  }

  private static function tokens(array $items): TextTokens {
    $tokens = TextTokens::ofLines([]);
    foreach ($items as $item) {
      foreach (['summary', 'value'] as $property) {
        $value = is_array($item) ? $item[$property] ?? [] : ($property === 'value' ? $item : []);
        $tokens = $tokens->followedBy(is_array($value) ? TextTokens::ofBlocks($value) : TextTokens::ofLines(explode("\n", (string) $value)));
      }
    }
    return $tokens;
  }

  /**
   * A list: by items that were added, or removed without a replacement.
   */
  private function items(array $before, array $draft, array $published): FieldOutcome {
    $added = self::without($draft, $before);
    $removed = self::without($before, $draft);
    if ($added === [] && $removed === []) {
      return self::order($draft, $published);
    }
    $rest = self::without($published, $before);
    $score = 0;
    foreach ($added as $item) {
      $at = array_search(self::key($item), array_map(self::key(...), $rest), TRUE);
      if ($at !== FALSE) {
        unset($rest[$at]);
        $score++;
      }
      else {
        $score += $this->part($item, $rest);
      }
    }
    $alone = array_slice($removed, count($added));
    $score += count($alone) - count(self::without($alone, self::without($alone, $published)));
    $changes = count($added) + count($alone);
    return new FieldOutcome($score / $changes, sqrt($changes), $score >= $changes);
  }

  /**
   * Only the order was changed: it is live, or it is not.
   */
  private static function order(array $draft, array $published): FieldOutcome {
    $common = static fn (array $list, array $other): array => array_values(array_intersect(array_map(self::key(...), $list), array_map(self::key(...), $other)));
    $share = $common($draft, $published) === $common($published, $draft) && $published !== [] ? 1.0 : 0.0;
    return new FieldOutcome($share, 1, $share === 1.0);
  }

  /**
   * What an item counts of which only a part is live.
   */
  private function part(mixed $item, array $rest): float {
    foreach (is_array($item) && count($item) > 1 ? $rest : [] as $other) {
      foreach (is_array($other) ? $item : [] as $name => $value) {
        if (isset($other[$name]) && self::key($other[$name]) === self::key($value)) {
          return self::PART;
        }
      }
    }
    return 0;
  }

  /**
   * The items of a list that are not in another, as often as they stand there.
   */
  private static function without(array $items, array $others): array {
    $left = array_count_values(array_map(self::key(...), $others));
    return array_values(array_filter($items, static function (mixed $item) use (&$left): bool {
      $key = self::key($item);
      $left[$key] = ($left[$key] ?? 0) - 1;
      return $left[$key] < 0;
    }));
  }

  private static function key(mixed $value): string {
    return json_encode($value, JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR) ?: '';
  }

}
