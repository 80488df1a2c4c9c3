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
   * @param list<array<string, mixed>>|null $old
   *   Its items before; NULL: there is no version before.
   * @param list<array<string, mixed>> $new
   *   Its items now.
   * @param bool $isChanged
   *   Whether the field differs: then texts that do not are left out.
   *
   * @return list<array<string, mixed>>
   *   Render arrays; none when there is no text.
   */
  public function of(string $type, ?array $old, array $new, bool $isChanged): array {
    $view = [];
    for ($delta = 0, $count = max(count($old ?? []), count($new)); $delta < $count; $delta++) {
      foreach (['summary', 'value'] as $property) {
        $former = self::html($type, (string) ($old[$delta][$property] ?? ''));
        $later = self::html($type, (string) ($new[$delta][$property] ?? ''));
        if ($former . $later === '') {
          continue;
        }
        $isSame = $isChanged && $former === $later;
        $label = $this->label($property, $old !== NULL && trim($former) === '', $isSame);
        $view[] = [
          'label' => ['#markup' => '<p class="ba-diff__label">' . $label . '</p>', '#access' => $label !== ''],
          'text' => ['#access' => !$isSame] + $this->box($this->text($former, $later)),
        ];
      }
    }
    return $view;
  }

  /**
   * A box for the text; with a table in it, one that a keyboard can move.
   */
  private function box(MarkupInterface $text): array {
    $isWide = str_contains((string) $text, '<table>');
    return [
      '#type' => 'container',
      '#attributes' => $isWide ? [
        'class' => ['ba-diff', 'ba-diff--wide'],
        'tabindex' => 0,
        'role' => 'region',
        'aria-label' => $this->t('Text with a table'),
      ] : ['class' => ['ba-diff']],
      'inner' => ['#markup' => $text],
    ];
  }

  /**
   * What a text is, where that is not plain.
   */
  private function label(string $property, bool $isNew, bool $isSame): string {
    return (string) match (TRUE) {
      $property === 'summary' && $isSame => $this->t('Summary: unchanged'),
      $property === 'summary' && $isNew => $this->t('Summary: new'),
      $property === 'summary' => $this->t('Summary'),
      $isSame => $this->t('Text: unchanged'),
      $isNew => $this->t('New'),
      default => '',
    };
  }

  /**
   * What is new altogether is read more easily without marks.
   */
  private function text(string $old, string $new): MarkupInterface {
    return trim($old) === '' ? $this->markup->plain($this->nodes->of($new)) : $this->markup->of(new TextDiff($this->nodes, $old, $new));
  }

  /**
   * A stored text as HTML: that of a field without markup is escaped.
   */
  public static function html(string $type, string $text): string {
    return in_array($type, self::PLAIN, TRUE) && $text !== '' ? '<p>' . nl2br(Html::escape($text)) . '</p>' : $text;
  }

}
