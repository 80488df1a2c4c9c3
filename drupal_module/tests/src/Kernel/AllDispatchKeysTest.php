<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Controller\AllDispatchKeysController;
use Drupal\background_agents\Form\Key\RevokeKeyForm;
use Drupal\background_agents\Key\KeyFilter;
use Drupal\background_agents\Key\KeyStore;
use Drupal\background_agents\Key\PersonKeys;
use Drupal\Core\Database\Database;
use Drupal\Core\Form\FormState;
use Drupal\user\UserInterface;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpFoundation\Session\Storage\MockArraySessionStorage;

/**
 * The list of the dispatch keys of all people.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class AllDispatchKeysTest extends AgentsKernelTestBase {

  private const string PATH = '/admin/config/services/background-agents/keys';

  private const int DAY = 86400;

  private UserInterface $admin;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->agent();
    $this->agent('write');
    $this->role('person', ['have dispatch keys for background agents']);
    $this->role('admin', ['administer background agents', 'access user profiles']);
    $this->admin = $this->account('boss', 'admin');
    \Drupal::service('router.builder')->rebuild();
  }

  /**
   * Each key with its owner, and whether it is let in, whatever their names.
   */
  public function testStates(): void {
    $mia = $this->account('mia', 'person');
    $zoe = $this->account('zoe');
    $this->key($mia, 'Laptop <b>', ['write']);
    $this->key($mia, 'Old script', NULL, -self::DAY);
    $this->key($zoe, 'Left over', ['gone']);
    $rows = $this->listed();
    $this->assertSame(['Laptop <b>', 'mia', 'Write', 'Active', 'Never', 'Never'], array_slice($rows['Laptop <b>'], 0, 6));
    $this->assertSame(['All that the account may run', 'Expired'], array_slice($rows['Old script'], 2, 2));
    $this->assertStringStartsWith('Expired on ', $rows['Old script'][4]);
    $this->assertSame(['gone', 'Not let in: the owner may have no keys'], array_slice($rows['Left over'], 2, 2));
    $html = $this->html();
    $this->assertStringContainsString('Laptop &lt;b&gt;', $html);
    $this->assertStringNotContainsString('<b>', $html);
  }

  /**
   * Each filter, alone and with others; what cannot be meant leaves all.
   */
  public function testFilters(): void {
    $mia = $this->account('mia', 'person');
    $zoe = $this->account('zoe_ann', 'person');
    $ids = [
      'a' => $this->key($mia, 'alpha', NULL),
      'b' => $this->key($mia, 'beta', ['write'], 90 * self::DAY),
      'c' => $this->key($zoe, 'gamma 50 %', ['writer'], -1),
    ];
    $this->used($ids['a'], 0);
    $this->used($ids['b'], 40);
    $this->used($ids['c'], 100);
    $cases = [
      '' => 'alpha beta gamma',
      'search=BET' => 'beta',
      'search=zoe_a' => 'gamma',
      'search=zoexa' => '',
      'search=%25' => 'gamma',
      "search={$ids['b']}" => 'beta',
      "search=' OR 1=1 --" => '',
      'agent=write' => 'alpha beta',
      'agent=writer' => 'alpha gamma',
      'agent=" or' => 'alpha beta gamma',
      'expiry=expired' => 'gamma',
      'expiry=good' => 'alpha beta',
      'expiry=never' => 'alpha',
      'expiry=nonsense' => 'alpha beta gamma',
      'unused=30' => 'beta gamma',
      'unused=90&expiry=good' => '',
      'unused=90' => 'gamma',
      'search[]=x&agent[]=x&unused=-1' => 'alpha beta gamma',
    ];
    foreach ($cases as $query => $expected) {
      $found = array_map(static fn (string $name): string => strtok($name, ' ') ?: '', array_keys($this->listed($query)));
      $this->assertEqualsCanonicalizing(array_filter(explode(' ', $expected)), $found, $query);
    }
    $this->assertStringContainsString('No key fits the filter.', $this->html('search=nothing'));
    $this->assertTrue(KeyFilter::of(Request::create(self::PATH . '?unused=30'))->isSet());
    $this->assertFalse(KeyFilter::of(Request::create(self::PATH . '?page=1&order=Name'))->isSet());
  }

  /**
   * What was used last comes first; the headings sort, and no others do.
   */
  public function testOrder(): void {
    $mia = $this->account('mia', 'person');
    $this->used($this->key($mia, 'beta', NULL, self::DAY), 3);
    $this->used($this->key($this->account('abe', 'person'), 'gamma', NULL, 2 * self::DAY), 1);
    $this->key($mia, 'alpha', NULL);
    $cases = [
      '' => 'gamma beta alpha',
      'order=Name&sort=asc' => 'alpha beta gamma',
      'order=Owner&sort=asc' => 'gamma',
      'order=Expires&sort=desc' => 'gamma beta alpha',
      // Of what is no heading the order is by the first one.
      'order=k.hash&sort=asc' => 'alpha beta gamma',
    ];
    foreach ($cases as $query => $first) {
      $this->assertStringStartsWith($first, implode(' ', array_keys($this->listed($query))), $query);
    }
  }

  /**
   * A long list costs as many queries as a short one.
   */
  public function testQueries(): void {
    $add = function (int $number): void {
      for ($n = 0; $n < $number; $n++) {
        $this->key($this->account(uniqid('person'), 'person'), uniqid('key'), ['writer']);
      }
    };
    $add(2);
    $this->queries();
    $few = $this->queries();
    $add(38);
    $this->assertSame($few, $this->queries());
  }

  /**
   * A page has fifty.
   */
  public function testPages(): void {
    $mia = $this->account('mia', 'person');
    for ($n = 0; $n < 55; $n++) {
      $this->key($mia, "key $n", NULL);
    }
    $this->assertCount(5, $this->listed('page=1'));
    $this->assertCount(50, $this->listed());
  }

  /**
   * Whoever revokes a key comes back to the list that they came from.
   */
  public function testRevoked(): void {
    $mia = $this->account('mia', 'person');
    $id = $this->key($mia, 'Laptop', NULL);
    $html = $this->html('search=mia');
    $this->assertStringContainsString("/user/{$mia->id()}/agent-keys/$id/revoke?destination=", $html);
    $this->assertStringContainsString("/user/{$mia->id()}/agent-keys/$id/webhooks", $html);
    $this->assertStringContainsString("/admin/reports/background-agents?search=$id", $html);
    \Drupal::currentUser()->setAccount($this->admin);
    $state = (new FormState())->addBuildInfo('args', [$id]);
    \Drupal::formBuilder()->submitForm(RevokeKeyForm::class, $state);
    $this->assertNull(\Drupal::service(KeyStore::class)->load($id));
  }

  /**
   * Before the update that brings the table the page is empty.
   */
  public function testBeforeTheUpdate(): void {
    \Drupal::database()->schema()->dropTable('background_agents_key');
    $this->assertStringContainsString('Nobody has a dispatch key.', $this->html());
  }

  private function key(UserInterface $owner, string $name, ?array $agents, ?int $expires = NULL): string {
    $expires = $expires === NULL ? NULL : \Drupal::time()->getCurrentTime() + $expires;
    return (string) \Drupal::service(PersonKeys::class)->add((int) $owner->id(), $name, $name, $agents, $expires)?->id;
  }

  private function used(string $id, int $days): void {
    \Drupal::database()->update('background_agents_key')->fields([
      'used' => \Drupal::time()->getCurrentTime() - $days * self::DAY - 60,
      'used_door' => 'mcp',
      'used_address' => '192.0.2.1',
    ])->condition('id', $id)->execute();
  }

  /**
   * The page as administrators get it.
   */
  private function page(string $query = ''): array {
    $request = Request::create(self::PATH . ($query === '' ? '' : "?$query"));
    $request->setSession(new Session(new MockArraySessionStorage()));
    \Drupal::requestStack()->push($request);
    try {
      return $this->as($this->admin, static fn (): array => \Drupal::classResolver(AllDispatchKeysController::class)->page($request));
    }
    finally {
      \Drupal::requestStack()->pop();
    }
  }

  private function html(string $query = ''): string {
    $page = $this->page($query);
    return $this->as($this->admin, static fn (): string => (string) \Drupal::service('renderer')->renderInIsolation($page));
  }

  /**
   * The texts of the cells of each row, by the name of the key.
   *
   * @return array<string, list<string>>
   *   Without the operations.
   */
  private function listed(string $query = ''): array {
    $rows = [];
    foreach ($this->page($query)['keys']['#rows'] as $row) {
      $cells = array_map(static function (array $cell): string {
        $data = $cell['data'];
        return is_array($data) ? (string) ($data['#plain_text'] ?? $data['#account']->getAccountName()) : (string) $data;
      }, array_slice($row, 0, -1));
      $rows[$cells[0]] = array_values($cells);
    }
    return $rows;
  }

  /**
   * How many queries the page takes.
   */
  private function queries(): int {
    \Drupal::entityTypeManager()->getStorage('user')->resetCache();
    Database::startLog('keys');
    $this->html();
    return count(Database::getLog('keys'));
  }

}
