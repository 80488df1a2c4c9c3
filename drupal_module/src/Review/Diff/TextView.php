<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\Component\Render\MarkupInterface;
use Drupal\Component\Utility\Html;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * Shows the texts of a field: before and after in one, with marked words.
 *
 * @internal
 */
final class TextView {

  use StringTranslationTrait;

  private const array MARKED_UP = ['text', 'text_long', 'text_with_summary'];

  private const array PLAIN = ['string', 'string_long'];

  public function __construct(
    private readonly DiffMarkup $markup,
    private readonly Nodes $nodes,
  ) {}

  /**
   * Whether fields of a type hold texts.
   */
  public static function isText(string $type): bool {
    return in_array($type, [...self::MARKED_UP, ...self::PLAIN], TRUE);
  }

  /**
   * Builds the view.
   *
   * @param string $type
   *   The field type.
   * @param list<array<string, mixed>> $old
   *   Its items before.
   * @param list<array<string, mixed>> $new
   *   Its items now.
   *
   * @return list<array<string, mixed>>
   *   Render arrays; none when there is no text.
   */
  public function of(string $type, array $old, array $new): array {
    $view = [];
    for ($delta = 0, $count = max(count($old), count($new)); $delta < $count; $delta++) {
      foreach (['summary', 'value'] as $property) {
        $former = self::html($type, (string) ($old[$delta][$property] ?? ''));
        $later = self::html($type, (string) ($new[$delta][$property] ?? ''));
        if ($former . $later !== '') {
          $view[] = [
            'label' => [
              '#markup' => '<p class="ba-diff__label">' . $this->t('Summary') . '</p>',
              '#access' => $property === 'summary',
            ],
            'text' => [
              '#type' => 'container',
              '#attributes' => ['class' => ['ba-diff']],
              'inner' => ['#markup' => $this->text($former, $later)],
            ],
          ];
        }
      }
    }
    return $view;
  }

  /**
   * What is new altogether is read more easily without marks.
   */
  private function text(string $old, string $new): MarkupInterface {
    return trim($old) === '' ? $this->markup->plain($this->nodes->of($new)) : $this->markup->of(new TextDiff($this->nodes, $old, $new));
  }

  private static function html(string $type, string $text): string {
    return in_array($type, self::PLAIN, TRUE) && $text !== '' ? '<p>' . nl2br(Html::escape($text)) . '</p>' : $text;
  }

}
