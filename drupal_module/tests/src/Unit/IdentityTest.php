<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Unit;

use Drupal\background_agents\Access\RunToken;
use Drupal\background_agents\Http\CallerSignature;
use Drupal\background_agents\Http\Signature;
use Drupal\background_agents\Http\SignatureRefused;
use Drupal\background_agents\Sidecar\Secret;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

/**
 * Secrets, signatures, run tokens and callers give the answers of the vectors.
 */
final class IdentityTest extends TestCase {

  public static function secrets(): array {
    return Cases::vectors('secrets');
  }

  public static function signatures(): array {
    return Cases::vectors('signatures');
  }

  public static function signing(): array {
    return Cases::vectors('signatures', 'sign');
  }

  public static function tokens(): array {
    return Cases::vectors('run-tokens');
  }

  public static function making(): array {
    return Cases::vectors('run-tokens', 'make');
  }

  /**
   * A secret is its bytes, or is refused without being repeated.
   *
   * @dataProvider secrets
   */
  #[DataProvider('secrets')]
  public function testSecret(\stdClass $case): void {
    try {
      $key = bin2hex(Secret::parse($case->secret)->bytes);
    }
    catch (\InvalidArgumentException $exception) {
      $key = NULL;
      $this->assertTrue($case->secret === '' || !str_contains($exception->getMessage(), $case->secret));
    }
    $this->assertSame($case->key, $key, $case->comment);
  }

  /**
   * A signed request gets the verdict of the protocol.
   *
   * @dataProvider signatures
   */
  #[DataProvider('signatures')]
  public function testSignature(\stdClass $case): void {
    $headers = [];
    foreach (['id', 'timestamp', 'signature'] as $name) {
      $headers[$name] = $case->headers->{"webhook-$name"} ?? NULL;
    }
    $body = $case->body ?? base64_decode($case->body_base64 ?? '', TRUE);
    $asked = 0;
    $remember = static function (string $id) use ($case, &$asked): bool {
      $asked++;
      return !in_array($id, $case->seen, TRUE);
    };
    try {
      $this->signature($case->secrets)->verify($headers, $body, $case->direction, $case->now, $remember);
      $verdict = 'ok';
    }
    catch (SignatureRefused $refusal) {
      $verdict = $refusal->reason;
    }
    $this->assertSame($case->expected, $verdict, $case->comment);
    $this->assertSame((int) in_array($verdict, ['ok', 'replayed'], TRUE), $asked, 'An id is remembered only after all other checks.');
  }

  /**
   * The first secret signs, over the raw bytes.
   *
   * @dataProvider signing
   */
  #[DataProvider('signing')]
  public function testSigning(\stdClass $case): void {
    $this->assertSame($case->expected, $this->signature($case->secrets)->sign($case->webhook_id, $case->timestamp, $case->body));
  }

  /**
   * Drupal derives the same token as the sidecar.
   *
   * @dataProvider making
   */
  #[DataProvider('making')]
  public function testRunTokenIsMade(\stdClass $case): void {
    $secret = Secret::parse($case->secret);
    $this->assertSame($case->key_id, $secret->keyId());
    $this->assertSame($case->token, RunToken::issue($secret, $case->run, $case->generation, $case->account));
  }

  /**
   * A presented token gets the verdict of the protocol.
   *
   * @dataProvider tokens
   */
  #[DataProvider('tokens')]
  public function testRunToken(\stdClass $case): void {
    $token = RunToken::parse($case->token);
    $verdict = match (TRUE) {
      $token === NULL => 'token_malformed',
      !$token->isAuthentic(array_map(Secret::parse(...), $case->secrets), $case->account) => 'token_invalid',
      $token->generation !== $case->generation => 'generation_old',
      default => 'ok',
    };
    $this->assertSame($case->expected, $verdict, $case->comment);
  }

  public static function callers(): array {
    return Cases::vectors('callers');
  }

  public static function callersMade(): array {
    return Cases::vectors('callers', 'make');
  }

  /**
   * The header of a caller is believed, or not.
   *
   * @dataProvider callers
   */
  #[DataProvider('callers')]
  public function testCaller(\stdClass $case): void {
    $caller = (new CallerSignature(array_map(Secret::parse(...), $case->secrets)))->verify($case->header, $case->credential, $case->now);
    $this->assertSame($case->expected === NULL ? NULL : [$case->expected->door, $case->expected->address], $caller === NULL ? NULL : [$caller->door, $caller->address], $case->comment);
  }

  /**
   * Both sides write the same header.
   *
   * @dataProvider callersMade
   */
  #[DataProvider('callersMade')]
  public function testCallerIsSigned(\stdClass $case): void {
    if ($case->address === $case->plain) {
      $this->assertSame($case->header, CallerSignature::sign(Secret::parse($case->secret), $case->now, $case->door, $case->address, $case->credential));
    }
    $caller = (new CallerSignature([Secret::parse($case->secret)]))->verify($case->header, $case->credential, $case->now);
    $this->assertSame([$case->door, $case->plain], [$caller?->door, $caller?->address]);
  }

  private function signature(array $secrets): Signature {
    return new Signature(array_map(Secret::parse(...), $secrets));
  }

}
