<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Contract\CanonicalJson;
use Drupal\background_agents\Draft\RequestHash;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * Canonical JSON and the request hash give the answers of the vectors.
 */
final class RequestHashTest extends TestCase {

  public static function requestHashes(): array {
    return Cases::vectors('request-hashes');
  }

  public static function sequences(): array {
    return Cases::vectors('draft-idempotency');
  }

  /**
   * The canonical text and its hash.
   *
   * @dataProvider requestHashes
   */
  #[DataProvider('requestHashes')]
  public function testHash(\stdClass $case): void {
    $members = new \stdClass();
    foreach (RequestHash::DRAFT as $name) {
      if (property_exists($case->request, $name)) {
        $members->{$name} = $case->request->{$name};
      }
    }
    $this->assertSame($case->canonical, CanonicalJson::encode($members), $case->comment);
    $this->assertSame($case->hash, RequestHash::ofDraft($case->request), $case->comment);
  }

  /**
   * The hash tells a replay from another request under the same key.
   *
   * The whole sequences run against the draft endpoint in the site suite.
   *
   * @dataProvider sequences
   */
  #[DataProvider('sequences')]
  public function testHashTellsReplayFromReuse(\stdClass $case): void {
    $stored = [];
    foreach (array_filter($case->steps, static fn (\stdClass $step): bool => $step->answer->code !== 'invalid') as $step) {
      $hash = RequestHash::ofDraft($step->request);
      $key = $step->request->key;
      if ($step->answer->replayed) {
        $this->assertSame($stored[$key], $hash);
      }
      if ($step->answer->code === 'key_reused') {
        $this->assertNotSame($stored[$key], $hash);
      }
      if ($step->answer->status === 201) {
        $this->assertArrayNotHasKey($key, $stored);
        $stored[$key] = $hash;
      }
    }
    $this->addToAssertionCount(1);
  }

}
