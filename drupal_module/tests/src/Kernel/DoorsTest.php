<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Entity\RunFields;
use Drupal\background_agents\Install\KeptState;
use Drupal\background_agents\Sidecar\Doors;
use Drupal\background_agents\Sidecar\SidecarFindings;
use Drupal\background_agents\Sidecar\SidecarNews;
use Drupal\background_agents\Ui\DoorList;
use Drupal\Core\Extension\ModuleHandlerInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * The addresses for programs, as people find them beside their keys.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class DoorsTest extends AgentsKernelTestBase {

  private const array TOLD = [
    'elsewhere' => TRUE,
    'rest' => 'https://agents.example.org/sites/shop/v1',
    'mcp' => 'https://agents.example.org/sites/shop/mcp',
    'a2a' => 'https://agents.example.org/sites/shop/a2a',
  ];

  /**
   * Before the sidecar told anything there is the site itself.
   */
  public function testNothingWasTold(): void {
    $page = $this->page();
    $this->assertStringContainsString('The sidecar has not told this site where it is called.', $page);
    $this->assertStringContainsString('/background-agents/v1/me', $page);
    $this->assertStringNotContainsString('claude mcp add', $page);
  }

  /**
   * Each door has a line to copy; the key is in none.
   */
  public function testAreTold(): void {
    $this->tell(self::TOLD);
    $page = $this->page();
    $this->assertStringContainsString('claude mcp add --transport http drupal https://agents.example.org/sites/shop/mcp --header "Authorization: Bearer $DRUPAL_KEY"', $page);
    $this->assertStringContainsString('"url": "https://agents.example.org/sites/shop/mcp"', $page);
    $this->assertStringContainsString('curl -H "Authorization: Bearer $DRUPAL_KEY" https://agents.example.org/sites/shop/v1/agents', $page);
    $this->assertStringContainsString('https://agents.example.org/sites/shop/a2a/.well-known/agent-card.json', $page);
    $this->assertStringNotContainsString('SIDECAR_PUBLIC_URL', $page);
    $this->tell(['elsewhere' => FALSE] + self::TOLD);
    $this->assertStringContainsString('SIDECAR_PUBLIC_URL', $this->page());
  }

  /**
   * Neither a script, nor a line that does something else, gets on the page.
   */
  public function testWhatIsNoAddressIsLeftOut(): void {
    foreach ([
      'javascript:alert(1)',
      'https://a.example/mcp; rm -rf ~',
      "https://a.example/mcp\nrm",
      'https://a.example/$(id)',
      'https://a.example/`id`',
      'https://a.example/"><script>',
      'https://user:secret@a.example/',
      'https://a.example/' . str_repeat('a', 500),
      ['https://a.example'],
      7,
      NULL,
    ] as $wrong) {
      $this->tell(['mcp' => $wrong] + self::TOLD);
      $this->assertNull($this->doors()->address('mcp'), var_export($wrong, TRUE));
      $this->assertSame(self::TOLD['rest'], $this->doors()->address('rest'));
      $this->assertStringNotContainsString('claude mcp add', $this->page());
    }
  }

  /**
   * What was told stays until something else is told, or the module goes.
   */
  public function testIsKept(): void {
    $this->tell(self::TOLD);
    \Drupal::service(SidecarNews::class)->keep((object) ['findings' => [(object) ['level' => 'note', 'subject' => 'Redis', 'text' => 'Slow.']]]);
    $this->assertSame(self::TOLD['a2a'], $this->doors()->address('a2a'));
    $this->assertCount(1, \Drupal::service(SidecarFindings::class)->all());
    \Drupal::service(SidecarNews::class)->keep((object) ['doors' => 'none']);
    $this->assertSame(self::TOLD['a2a'], $this->doors()->address('a2a'));
    (new KeptState(\Drupal::state(), \Drupal::service('keyvalue'), \Drupal::service('keyvalue.expirable')))->delete();
    $this->assertNull($this->doors()->address('a2a'));
  }

  /**
   * Runs are filtered by the doors that this site has.
   */
  public function testDoorsOfTheList(): void {
    foreach ([
      [[], []],
      [['background_agents_eca'], ['eca']],
      [['tool'], ['tool']],
      [['background_agents_maestro'], ['flow']],
      [['background_agents_flowdrop', 'tool'], ['tool', 'flow']],
    ] as [$there, $more]) {
      $modules = $this->createStub(ModuleHandlerInterface::class);
      $modules->method('moduleExists')->willReturnCallback(static fn (string $name): bool => in_array($name, $there, TRUE));
      $offered = array_keys(RunFields::openDoors($modules));
      $this->assertEqualsCanonicalizing(['cron', 'schedule', 'content', 'manual', 'api', 'mcp', 'a2a', 'agent', ...$more], $offered);
    }
  }

  private function tell(array $doors): void {
    \Drupal::service(SidecarNews::class)->keep((object) ['doors' => (object) $doors]);
  }

  private function doors(): Doors {
    return \Drupal::service(Doors::class);
  }

  /**
   * The part of the page, as people read it.
   */
  private function page(): string {
    $build = \Drupal::service(DoorList::class)->build();
    return html_entity_decode((string) \Drupal::service('renderer')->renderInIsolation($build), ENT_QUOTES | ENT_HTML5);
  }

}
