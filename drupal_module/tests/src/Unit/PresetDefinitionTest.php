<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Preset\Preset;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\TestCase;

/**
 * How the definition of a preset is read.
 *
 * @group background_agents
 */
#[Group('background_agents')]
final class PresetDefinitionTest extends TestCase {

  private const WELL = [
    'label' => 'Well',
    'description' => 'Does it.',
    'prompt' => 'Do it.',
    'tools' => ['read_item'],
    'operations' => ['read'],
    'starts' => ['hand'],
    'fields' => ['types' => ['string'], 'take' => 'all'],
  ];

  /**
   * A definition that is well is taken as it stands.
   */
  public function testWell(): void {
    $preset = Preset::of('well', self::WELL);
    $this->assertSame(['well', ['read_item'], ['read'], FALSE], [$preset->id, $preset->tools, $preset->operations, $preset->asksForTask()]);
  }

  /**
   * With fewer operations the tools of the others go, too.
   */
  public function testLimited(): void {
    $all = ['tools' => ['read_item', 'create_draft', 'revise_draft'], 'operations' => ['read', 'create', 'revise']];
    $limited = Preset::of('well', $all + self::WELL)->limitedTo(['revise']);
    $this->assertSame([['read_item', 'revise_draft'], ['read', 'revise']], [$limited->tools, $limited->operations]);
  }

  /**
   * What is wrong with a definition is said in a sentence.
   *
   * @dataProvider wrong
   */
  #[DataProvider('wrong')]
  public function testWrongDefinitions(array $change, string $sentence): void {
    $this->expectException(\InvalidArgumentException::class);
    $this->expectExceptionMessage($sentence);
    Preset::of('well', $change + self::WELL);
  }

  /**
   * Definitions, and a part of what is said about them.
   */
  public static function wrong(): array {
    return [
      'no label' => [['label' => ' '], '"label" is missing'],
      'a key that is not known' => [['promt' => 'x'], 'promt'],
      'tools that are no list' => [['tools' => 'read_item'], '"tools" is a list'],
      'an unknown operation' => [['operations' => ['delete']], 'delete'],
      'an operation without its tool' => [['operations' => ['read', 'revise']], '"revise_draft" belong together'],
      'a tool without its operation' => [['tools' => ['create_draft']], '"create_draft" belong together'],
      'an unknown start' => [['starts' => ['hourly']], 'hourly'],
      'no fields' => [['fields' => []], '"types"'],
      'fields without how many' => [['fields' => ['types' => ['string']]], '"take"'],
    ];
  }

}
