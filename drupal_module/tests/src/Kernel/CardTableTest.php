<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Ui\CardTable;
use Drupal\KernelTests\KernelTestBase;
use PHPUnit\Framework\Attributes\Group;

/**
 * Each cell of a card says which column it is of.
 */
#[Group('background_agents')]
final class CardTableTest extends KernelTestBase {

  /**
   * Text and render arrays, rows with attributes, keyed or not; what a cell has stays.
   */
  public function testEachCellHasItsHeading(): void {
    $table = CardTable::of([
      '#type' => 'table',
      '#header' => ['name' => 'Name', 'made' => ['data' => 'Made', 'class' => ['x']]],
      '#rows' => [
        ['name' => 'One', 'made' => ['data' => ['#plain_text' => 'today'], 'class' => ['y']]],
        ['data' => ['Two', ['data' => 'then']], 'class' => ['z']],
      ],
    ], 'Things & more');
    $this->assertSame([
      ['name' => ['data' => 'One', 'data-label' => 'Name'], 'made' => ['data' => ['#plain_text' => 'today'], 'class' => ['y'], 'data-label' => 'Made']],
      ['data' => [['data' => 'Two', 'data-label' => 'Name'], ['data' => 'then', 'data-label' => 'Made']], 'class' => ['z']],
    ], $table['#rows']);
    $this->assertSame(['ba-cards'], $table['#attributes']['class']);
    $this->assertStringContainsString('aria-label="Things &amp; more"', $table['#prefix']);
  }

  /**
   * Without rows there is nothing to name.
   */
  public function testAnEmptyTable(): void {
    $this->assertSame([], CardTable::of(['#type' => 'table', '#header' => ['Name']], 'Things')['#rows']);
  }

}
