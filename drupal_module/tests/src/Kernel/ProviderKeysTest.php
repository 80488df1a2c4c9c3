<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Controller\KeysController;
use Drupal\background_agents\Form\KeysPart;
use Drupal\background_agents\Hook\ProviderRequirementsHooks;
use Drupal\background_agents\Http\ProblemException;
use Drupal\background_agents\Http\Signature;
use Drupal\background_agents\Sidecar\OfferedModels;
use Drupal\background_agents\Sidecar\ProviderKeys;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\background_agents\Sidecar\SiteSetup;
use Drupal\Core\Extension\Requirement\RequirementSeverity;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpFoundation\Request;

/**
 * Keys are lent for those providers alone that have one, to the sidecar alone.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ProviderKeysTest extends AgentsKernelTestBase {

  private const string VALUE = 'the-value-of-the-key';

  /**
   * Without the module Key there is nothing to choose and nothing to lend.
   */
  public function testWithoutKey(): void {
    $this->assertFalse($this->keys()->isPossible());
    $this->assertFalse(\Drupal::service(KeysPart::class)->build()['#access']);
    $this->keys()->choose(['openai' => 'site_key']);
    $this->assertSame('{}', json_encode($this->lent('http://127.0.0.1/', '127.0.0.1')->keys));
  }

  /**
   * What is asked for and chosen, and nothing besides.
   */
  public function testLent(): void {
    $this->installKey();
    $this->assertSame(['openai' => self::VALUE], (array) $this->lent('https://site.example/', '192.0.2.7')->keys);
    $this->assertSame([], (array) $this->lent('https://site.example/', '192.0.2.7', ['site_key', 'anthropic', 'gateway'])->keys);
    $this->assertSame(['openai'], \Drupal::service(SiteSetup::class)->document()['keys']);
    $this->assertStringNotContainsString(self::VALUE, json_encode(\Drupal::service(SiteSetup::class)->document()));
  }

  /**
   * Not over plain HTTP, unless to this machine, or where the site allows it.
   */
  public function testPlainHttp(): void {
    $this->installKey();
    $this->assertSame(['openai' => self::VALUE], (array) $this->lent('http://site.example/', '127.0.0.1')->keys);
    try {
      $this->lent('http://site.example/', '192.0.2.7');
      $this->fail('A key went over plain HTTP.');
    }
    catch (ProblemException $exception) {
      $this->assertSame('keys_need_https', $exception->problem->code);
      $this->assertStringNotContainsString(self::VALUE, $exception->problem->detail);
    }
    $this->setSetting('background_agents', ['secrets' => [self::SECRET], 'keys_over_http' => TRUE]);
    $this->assertSame(['openai' => self::VALUE], (array) $this->lent('http://site.example/', '192.0.2.7')->keys);
  }

  /**
   * What a proxy on this machine passes on is not asked by this machine.
   */
  public function testThroughAProxyThatTheSiteDoesNotKnow(): void {
    $this->installKey();
    foreach (['X-Forwarded-For', 'Forwarded', 'Via', 'X-Real-IP'] as $name) {
      try {
        $this->lent('http://site.example/', '127.0.0.1', headers: [$name => '192.0.2.7']);
        $this->fail("A key went over plain HTTP: $name.");
      }
      catch (ProblemException $exception) {
        $this->assertSame('keys_need_https', $exception->problem->code);
      }
    }
  }

  /**
   * Without a signature nobody is answered.
   */
  public function testUnsigned(): void {
    $this->installKey();
    $this->expectException(ProblemException::class);
    \Drupal::classResolver(KeysController::class)->lend(Request::create('https://site.example/', 'POST', content: '{"site": "default", "providers": ["openai"]}'));
  }

  /**
   * The status report: what is used and does not work is an error.
   */
  public function testStatusReport(): void {
    $this->installKey();
    $this->agent('writer', ['model' => 'openai:gpt-5']);
    $provider = static fn (string $id, string $key, string $health): \stdClass => (object) ['id' => $id, 'label' => $id, 'key' => $key, 'health' => $health, 'detail' => 'It said <b>no</b>.'];
    \Drupal::service(OfferedModels::class)->store((object) [
      'version' => '0123456789abcdef',
      'providers' => [
        $provider('openai', 'site', 'key_refused'),
        $provider('anthropic', 'missing', 'key_missing'),
        $provider('local', 'unneeded', 'unreachable'),
        $provider('other', 'unneeded', 'unknown'),
        $provider('good', 'settings', 'works'),
      ],
    ]);
    $entries = \Drupal::service(ProviderRequirementsHooks::class)->runtime();
    $this->assertSame([
      'background_agents_provider_openai' => RequirementSeverity::Error,
      'background_agents_provider_local' => RequirementSeverity::Warning,
      'background_agents_provider_other' => RequirementSeverity::Info,
      'background_agents_provider_good' => RequirementSeverity::OK,
    ], array_map(static fn (array $entry): RequirementSeverity => $entry['severity'], $entries));
    $this->assertStringContainsString('Its key is one of this site. It said <b>no</b>. Look whether the key is whole', $entries['background_agents_provider_openai']['description']['#plain_text']);
    $this->keys()->choose(['openai' => 'is_gone']);
    $this->assertArrayHasKey('background_agents_keys', \Drupal::service(ProviderRequirementsHooks::class)->runtime());
  }

  /**
   * Who may not see keys may not send them away.
   */
  public function testWhoChooses(): void {
    $this->installKey();
    foreach (['administer background agents' => TRUE, 'administer keys' => FALSE] as $permission => $isDisabled) {
      $person = $this->account(strtr($permission, ' ', '_'), $this->role(strtr($permission, ' ', '_'), [$permission])->id());
      $part = $this->as($person, fn (): array => \Drupal::service(KeysPart::class)->build());
      $this->assertSame($isDisabled, $part['#disabled'], $permission);
      $this->assertStringNotContainsString(self::VALUE, serialize($part));
    }
  }

  private function keys(): ProviderKeys {
    return \Drupal::service(ProviderKeys::class);
  }

  private function installKey(): void {
    $this->enableModules(['key']);
    $this->installConfig(['key']);
    \Drupal::entityTypeManager()->getStorage('key')->create([
      'id' => 'site_key',
      'label' => 'Site key',
      'key_type' => 'authentication',
      'key_provider' => 'config',
      'key_provider_settings' => ['key_value' => self::VALUE],
      'key_input' => 'text_field',
    ])->save();
    $this->keys()->choose(['openai' => 'site_key']);
  }

  /**
   * What a signed request is answered.
   */
  private function lent(string $url, string $from, array $providers = ['openai', 'anthropic'], array $headers = []): \stdClass {
    $body = json_encode(['site' => 'default', 'providers' => $providers]);
    $id = Signature::newId(Signature::FROM_SIDECAR);
    $now = \Drupal::time()->getCurrentTime();
    $request = Request::create($url . 'background-agents/v1/keys', 'POST', server: ['REMOTE_ADDR' => $from], content: $body);
    $request->headers->add($headers + [
      'webhook-id' => $id,
      'webhook-timestamp' => (string) $now,
      'webhook-signature' => (new Signature(\Drupal::service(SiteSecrets::class)->all()))->sign($id, $now, $body),
    ]);
    return json_decode((string) \Drupal::classResolver(KeysController::class)->lend($request)->getContent());
  }

}
