<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\background_agents\Review\SequenceDiff;
use Drupal\Component\Utility\Html;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\Render\Markup;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Shows the items of a field: removed and added ones marked, where they stand.
 *
 * @internal
 */
final class ItemsView {

  use StringTranslationTrait;

  public function __construct(
    private readonly FieldWords $words,
    private readonly Thumbnails $thumbnails,
    private readonly DiffMarkup $markup,
  ) {}

  /**
   * Builds the view.
   *
   * @param \Drupal\Core\Field\FieldItemListInterface|null $old
   *   The items before; NULL: there is no version before.
   * @param \Drupal\Core\Field\FieldItemListInterface $new
   *   The items now.
   *
   * @return array<string|int, mixed>
   *   A render array; empty when there are no items.
   */
  public function of(?FieldItemListInterface $old, FieldItemListInterface $new): array {
    $former = $this->words->of($old);
    $later = $this->words->of($new);
    $pictures = ($old === NULL ? [] : $this->thumbnails->of($old)) + $this->thumbnails->of($new);
    if ($former === [] && $later === []) {
      return [];
    }
    $entries = $old === NULL ? array_map(static fn (string $text): array => ['', $text], $later) : self::merged($former, $later);
    $items = array_map(fn (array $entry): array => $this->item($entry[0], $entry[1], $pictures[$entry[1]] ?? []), $entries);
    if (count($former) === 1 && count($later) === 1 && $former !== $later) {
      return [
        '#type' => 'container',
        '#attributes' => ['class' => ['ba-diff', 'ba-diff--pair']],
        'old' => $items[0],
        'arrow' => ['#markup' => '<span class="ba-diff__arrow" aria-hidden="true">→</span>'],
        'new' => $items[1],
      ];
    }
    return ['#theme' => 'item_list', '#items' => $items, '#attributes' => ['class' => ['ba-diff', 'ba-diff--items']]];
  }

  /**
   * Both lists in one, in the later order; what went stands where it stood.
   *
   * @param list<string> $old
   *   The former items.
   * @param list<string> $new
   *   The later ones.
   *
   * @return list<array{string, string}>
   *   Mark and text of each item.
   */
  public static function merged(array $old, array $new): array {
    $entries = [];
    [$fromOld, $fromNew] = [0, 0];
    foreach (SequenceDiff::pairs($old, $new) + [count($old) => count($new)] as $inOld => $inNew) {
      $went = array_slice($old, $fromOld, $inOld - $fromOld);
      $came = array_slice($new, $fromNew, $inNew - $fromNew);
      foreach (['del' => $went, 'ins' => $came] as $mark => $texts) {
        array_push($entries, ...array_map(static fn (string $text): array => [$mark, $text], $texts));
      }
      if ($inOld < count($old)) {
        $entries[] = ['', $old[$inOld]];
      }
      [$fromOld, $fromNew] = [$inOld + 1, $inNew + 1];
    }
    return $entries;
  }

  /**
   * One item, in a box with its picture where it has one.
   */
  private function item(string $mark, string $text, array $picture): array {
    $marked = Markup::create($this->markup->mark($mark, Html::escape($text)));
    return $picture === [] ? ['#markup' => $marked] : [
      '#type' => 'html_tag',
      '#tag' => 'span',
      '#attributes' => ['class' => ['ba-diff__box', 'ba-diff__box--picture']],
      'picture' => $picture,
      'text' => ['#markup' => $marked],
    ];
  }

}
