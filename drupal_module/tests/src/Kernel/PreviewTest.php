<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Entity\Run;
use Drupal\background_agents\Preview\PreviewLink;
use Drupal\background_agents\Preview\PreviewLinks;
use Drupal\background_agents\Preview\PreviewMode;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\AnonymousUserSession;
use Drupal\node\NodeInterface;
use Drupal\user\Entity\Role;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\ResponseHeaderBag;
use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpFoundation\Session\Storage\MockArraySessionStorage;

/**
 * Previews of drafts: who sees them, how they are sent, what they leave behind.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class PreviewTest extends AgentsKernelTestBase {

  private const string DRAFT = 'Secret words of the draft';

  private AccountInterface $editor;

  private Run $run;

  private NodeInterface $article;

  private Change $change;

  /**
   * {@inheritdoc}
   */
  protected function setUp(): void {
    parent::setUp();
    $this->container->get('theme_installer')->install(['stark']);
    $this->config('system.theme')->set('default', 'stark')->save();
    Role::load('anonymous')->grantPermission('access content')->save();
    $this->role('editor', ['access content', 'edit any article content', 'use editorial transition create_new_draft', 'review background agent drafts']);
    $this->editor = $this->account('editor', 'editor');
    $this->run = $this->running($this->agent());
    $this->article = $this->article(['title' => 'Public words']);
    $this->change = $this->draftOf($this->article);
    \Drupal::service('router.builder')->rebuild();
  }

  /**
   * Both versions are shown, each by itself, to who may review.
   */
  public function testBothVersions(): void {
    $draft = $this->preview($this->change->getTargetRevisionId());
    $this->assertSame(200, $draft->getStatusCode());
    $this->assertStringContainsString(self::DRAFT, (string) $draft->getContent());
    $published = $this->preview((int) $this->article->getRevisionId());
    $this->assertStringContainsString('Public words', (string) $published->getContent());
    $this->assertStringNotContainsString(self::DRAFT, (string) $published->getContent());
    $this->assertSame(403, $this->preview($this->change->getTargetRevisionId(), new AnonymousUserSession())->getStatusCode());
    $other = $this->article(['title' => 'Another item']);
    $this->assertSame(404, $this->preview((int) $other->getRevisionId())->getStatusCode());
  }

  /**
   * Whose previews these are does not stay: neither account nor mode.
   */
  public function testTheRequestLeavesNothingBehind(): void {
    $kept = $this->as($this->editor, function (): array {
      \Drupal::messenger()->addStatus('For the person');
      $request = Request::create("/background-agents/preview/{$this->change->id()}/{$this->change->getTargetRevisionId()}");
      $request->setSession(new Session(new MockArraySessionStorage()));
      $page = (string) \Drupal::service('http_kernel')->handle($request)->getContent();
      return [str_contains($page, 'For the person'), \Drupal::currentUser()->id(), \Drupal::service('session_handler.write_safe')->isSessionWritable()];
    });
    $this->assertSame([FALSE, $this->editor->id(), FALSE], $kept);
    $this->assertTrue(\Drupal::currentUser()->isAnonymous());
    $this->assertFalse(\Drupal::service(PreviewMode::class)->isOn());
  }

  /**
   * Nothing is cached, indexed, framed elsewhere, run or sent.
   */
  public function testHeaders(): void {
    foreach (['frame', 'no version', 'link', 'version of a link', 'wrong link'] as $page) {
      $this->assertHeaders($this->page($page)->headers);
    }
  }

  /**
   * What each of them says.
   */
  private function assertHeaders(ResponseHeaderBag $headers): void {
    $this->assertSame('no-store, private', $headers->get('Cache-Control'));
    $this->assertSame('noindex, nofollow', $headers->get('X-Robots-Tag'));
    $this->assertSame('no-referrer', $headers->get('Referrer-Policy'));
    $this->assertSame('SAMEORIGIN', $headers->get('X-Frame-Options'));
    $this->assertSame([], $headers->getCookies());
    $policy = implode('; ', $headers->all('content-security-policy'));
    foreach (["script-src 'none'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'self'", "default-src 'self' data:", 'sandbox allow-same-origin'] as $part) {
      $this->assertStringContainsString($part, $policy);
    }
    $this->assertStringNotContainsString('allow-scripts', $policy);
    $this->assertStringNotContainsString('allow-forms', $policy);
  }

  /**
   * Other pages keep the headers that they have.
   */
  public function testOtherPagesAreAsTheyWere(): void {
    $page = $this->handle($this->article->toUrl()->toString(), new AnonymousUserSession());
    $this->assertSame(200, $page->getStatusCode());
    $this->assertFalse($page->headers->has('Content-Security-Policy'));
    $this->assertFalse($page->headers->has('X-Robots-Tag'));
  }

  /**
   * What has cache keys of its own inside a preview is not kept either.
   */
  public function testNothingReachesTheRenderCache(): void {
    $renderer = \Drupal::service('renderer');
    $block = static fn (string $text): array => ['#markup' => $text, '#cache' => ['keys' => ['block_about', '1']]];
    $mode = \Drupal::service(PreviewMode::class);
    $mode->begin();
    $request = Request::create('/');
    $request->setSession(new Session(new MockArraySessionStorage()));
    \Drupal::requestStack()->push($request);
    $build = $block(self::DRAFT);
    $this->assertSame(self::DRAFT, (string) $renderer->renderInIsolation($build));
    $mode->end();
    $build = $block('Public words');
    $this->assertSame('Public words', (string) $renderer->renderInIsolation($build));
    $mode->begin();
    $build = $block(self::DRAFT);
    $this->assertSame(self::DRAFT, (string) $renderer->renderInIsolation($build));
  }

  /**
   * A link shows its revision without an account, and says what it is.
   */
  public function testLink(): void {
    $page = $this->page('link');
    $this->assertSame(200, $page->getStatusCode());
    $this->assertStringContainsString('nobody has accepted it yet', (string) $page->getContent());
    $version = $this->page('version of a link');
    $this->assertSame(200, $version->getStatusCode());
    $this->assertStringContainsString(self::DRAFT, (string) $version->getContent());
    $decision = \Drupal::service(AuditLog::class)->newest($this->run->uuid(), 1)[0];
    $this->assertSame(['preview_link', 'editor'], [$decision->action, $decision->name]);
  }

  /**
   * What was not signed together shows nothing: neither draft nor published.
   */
  public function testForgedLinks(): void {
    $link = $this->link();
    $other = $this->draftOf($this->article(['title' => 'Another item']));
    $members = $this->members($link);
    $forgeries = [
      'another draft' => ['change' => (string) $other->id()],
      'no draft' => ['change' => '4711'],
      'another revision' => ['revision' => (string) $this->article->getRevisionId()],
      'a later hour' => ['expires' => (string) ($link->expires + 1)],
      'a signature that was cut' => ['signature' => substr($members['signature'], 0, -1)],
      'another signature' => ['signature' => strrev($members['signature'])],
    ];
    foreach ($forgeries as $name => $forgery) {
      foreach (['preview-link', 'preview-link-version'] as $path) {
        $answer = $this->handle("/background-agents/$path/" . implode('/', array_replace($members, $forgery)), new AnonymousUserSession());
        $this->assertSame(403, $answer->getStatusCode(), $name);
        $this->assertStringContainsString('not valid', (string) $answer->getContent());
        $this->assertStringNotContainsString('words', (string) $answer->getContent());
      }
    }
  }

  /**
   * After its hour a link says so.
   */
  public function testExpiredLink(): void {
    $links = \Drupal::service(PreviewLinks::class);
    foreach ([-1 => 403, 60 => 200] as $seconds => $status) {
      $link = new PreviewLink((string) $this->change->uuid(), $this->change->getTargetRevisionId(), \Drupal::time()->getCurrentTime() + $seconds);
      $answer = $this->handle(parse_url($links->url($this->change, $link), PHP_URL_PATH), new AnonymousUserSession());
      $this->assertSame($status, $answer->getStatusCode());
      $this->assertSame($status === 403, str_contains((string) $answer->getContent(), 'was valid until'));
    }
  }

  /**
   * The signature hangs on the site's private key and on its hash salt.
   */
  public function testKeysOfTheSite(): void {
    $links = \Drupal::service(PreviewLinks::class);
    $link = $this->link();
    $signature = $this->members($link)['signature'];
    $this->assertTrue($links->isSigned($link, $signature));
    $this->setSetting('hash_salt', 'another');
    $this->assertFalse($links->isSigned($link, $signature));
  }

  /**
   * A link ends with the decision, and with its version.
   */
  public function testDecidedDraft(): void {
    $path = $this->pathOf($this->link());
    \Drupal::service(ChangeLog::class)->decide([$this->change], Change::REJECTED, NULL);
    $answer = $this->handle($path, new AnonymousUserSession());
    $this->assertSame(404, $answer->getStatusCode());
    $this->assertStringContainsString('Somebody has decided', (string) $answer->getContent());
    $change = $this->draftOf($this->article);
    $path = $this->pathOf($this->link($change));
    \Drupal::entityTypeManager()->getStorage('node')->deleteRevision($change->getTargetRevisionId());
    $this->assertSame(404, $this->handle($path, new AnonymousUserSession())->getStatusCode());
    $path = $this->pathOf($this->link($this->draftOf($this->article)));
    $this->stored($this->article)->delete();
    $this->assertSame(404, $this->handle($path, new AnonymousUserSession())->getStatusCode());
  }

  /**
   * A pending draft by the agent.
   */
  private function draftOf(NodeInterface $article): Change {
    $draft = $this->latest($article);
    $draft->set('title', self::DRAFT)->set('moderation_state', 'draft')->setNewRevision();
    $draft->save();
    $change = Change::create([
      'run' => $this->run->id(),
      'agent' => 'writer',
      'target_type' => 'node',
      'target_bundle' => 'article',
      'target_uuid' => $article->uuid(),
      'target_id' => $article->id(),
      'target_langcode' => 'en',
      'target_revision' => $draft->getRevisionId(),
      'base_revision' => $article->getRevisionId(),
      'operation' => 'revise',
    ]);
    $change->save();
    return $change;
  }

  private function link(?Change $change = NULL): PreviewLink {
    $change ??= $this->change;
    return $this->as($this->editor, static fn (): PreviewLink => \Drupal::service(PreviewLinks::class)->make($change, $change->getTargetRevisionId()));
  }

  private function pathOf(PreviewLink $link): string {
    $changes = \Drupal::entityTypeManager()->getStorage('background_agents_change')->loadByProperties(['uuid' => $link->change]);
    return parse_url(\Drupal::service(PreviewLinks::class)->url(reset($changes), $link), PHP_URL_PATH);
  }

  /**
   * Returns the members of the address of a link.
   *
   * @return array<string, string>
   *   The members by name.
   */
  private function members(PreviewLink $link): array {
    return array_combine(['change', 'revision', 'expires', 'signature'], array_slice(explode('/', $this->pathOf($link)), -4));
  }

  private function preview(int $revision, ?AccountInterface $account = NULL): Response {
    return $this->handle("/background-agents/preview/{$this->change->id()}/$revision", $account ?? $this->editor);
  }

  private function page(string $which): Response {
    $members = implode('/', $this->members($this->link()));
    return match ($which) {
      'frame' => $this->preview($this->change->getTargetRevisionId()),
      'no version' => $this->preview(4711),
      'link' => $this->handle("/background-agents/preview-link/$members", new AnonymousUserSession()),
      'version of a link' => $this->handle("/background-agents/preview-link-version/$members", new AnonymousUserSession()),
      'wrong link' => $this->handle('/background-agents/preview-link/1/1/1/none', new AnonymousUserSession()),
    };
  }

  private function handle(string $path, AccountInterface $account): Response {
    $request = Request::create($path);
    $request->setSession(new Session(new MockArraySessionStorage()));
    return $this->as($account, static fn (): Response => \Drupal::service('http_kernel')->handle($request));
  }

}
