<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Entity\Change;

/**
 * All that a person says at once about drafts of a run.
 *
 * @internal
 */
final readonly class Remarks {

  /**
   * Sets what is given.
   *
   * @param list<\Drupal\background_agents\Review\Remark> $list
   *   The remarks, none empty.
   * @param array<string, array{\Drupal\background_agents\Entity\Change, ?\Drupal\background_agents\Review\Seen}> $drafts
   *   By UUID, each draft that is remarked on, and what the person had in sight
   *   of it; NULL: what is there now.
   */
  private function __construct(
    public array $list,
    public array $drafts,
  ) {}

  /**
   * Remarks on a draft.
   *
   * @param \Drupal\background_agents\Entity\Change $change
   *   The draft.
   * @param string $whole
   *   What is said about the whole; empty: nothing.
   * @param array<string, string> $fields
   *   What is said about single fields, by name; empty ones are left out.
   * @param \Drupal\background_agents\Review\Seen|null $seen
   *   What the person had in sight; NULL: what is there now.
   */
  public static function on(Change $change, string $whole, array $fields = [], ?Seen $seen = NULL): self {
    $list = [];
    foreach (['' => $whole] + $fields as $field => $text) {
      $text = trim(str_replace("\r\n", "\n", $text));
      if ($text !== '') {
        $list[] = new Remark($text, (string) $change->uuid(), $field === '' ? NULL : (string) $field);
      }
    }
    return new self($list, [(string) $change->uuid() => [$change, $seen]]);
  }

  /**
   * These remarks and those on other drafts, to be sent at once.
   */
  public function and(self $others): self {
    return new self([...$this->list, ...$others->list], $this->drafts + $others->drafts);
  }

  /**
   * What is said about the whole of a draft; empty: nothing.
   */
  public function whole(Change $change): string {
    foreach ($this->list as $remark) {
      if ($remark->change === $change->uuid() && $remark->field === NULL) {
        return $remark->text;
      }
    }
    return '';
  }

  /**
   * What is said about fields of a draft.
   *
   * @return array<string, string>
   *   Texts by name of the field.
   */
  public function ofFields(Change $change): array {
    $texts = [];
    foreach ($this->list as $remark) {
      if ($remark->change === $change->uuid() && $remark->field !== NULL) {
        $texts[$remark->field] = $remark->text;
      }
    }
    return $texts;
  }

}
