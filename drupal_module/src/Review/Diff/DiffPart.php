<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

/**
 * A piece of a text that is in both versions, or in one of them.
 *
 * @internal
 */
final readonly class DiffPart {

  public const string SAME = 'same';
  public const string REMOVED = 'removed';
  public const string ADDED = 'added';

  /**
   * Sets what is given.
   *
   * @param string $kind
   *   One of the constants of this class.
   * @param string $text
   *   Plain text; of links, pictures and the like, their markup.
   */
  public function __construct(
    public string $kind,
    public string $text,
  ) {}

  /**
   * One after the other; neighbours of a kind are one, empty ones are none.
   *
   * @param list<\Drupal\background_agents\Review\Diff\DiffPart> $parts
   *   Parts.
   *
   * @return list<array{kind: string, text: string}>
   *   As programs are told them.
   */
  public static function documents(array $parts): array {
    $documents = [];
    foreach ($parts as $part) {
      $last = array_key_last($documents);
      if ($part->text !== '' && $last !== NULL && $documents[$last]['kind'] === $part->kind) {
        $documents[$last]['text'] .= $part->text;
      }
      elseif ($part->text !== '') {
        $documents[] = ['kind' => $part->kind, 'text' => $part->text];
      }
    }
    return $documents;
  }

}
