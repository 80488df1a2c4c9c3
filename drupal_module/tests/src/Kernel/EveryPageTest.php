<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Batch\NotedBatches;
use Drupal\background_agents\EventSubscriber\AfterResponse;
use Drupal\background_agents\EventSubscriber\BatchesAfterResponse;
use Drupal\background_agents\Hook\DraftWarningHooks;
use Drupal\background_agents\Sidecar\PushQueue;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Session\AnonymousUserSession;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpFoundation\Session\Session;
use Symfony\Component\HttpFoundation\Session\Storage\MockArraySessionStorage;

/**
 * What pages that are not this module's make of it: little, and nothing new.
 *
 * Between the arrival of new code and the rebuild of the caches a site makes
 * services as the container of the release before says. Where a constructor
 * takes something else by then, that service fails, and with it each page that
 * makes it.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class EveryPageTest extends AgentsKernelTestBase {

  /**
   * What the constructors of the last release took.
   */
  private const string RECORDED = __DIR__ . '/../../fixtures/update/every_page.json';

  /**
   * {@inheritdoc}
   */
  protected static $modules = ['toolbar', 'breakpoint'];

  /**
   * Pages make services of the last release, with the same constructors.
   *
   * No cache is filled here, so hooks that describe fields are made, and those
   * that guard saves with them: editors' saves are held to the same.
   *
   * A further need of one of them is met by a closure of a service that is made
   * when it is called (AutowireServiceClosure), in a class of a new name; the
   * old class stays for a release. Who has to change the record all the same
   * says in the changelog that sites are closed while they are updated.
   */
  public function testConstructors(): void {
    $path = 'node/' . $this->article()->id();
    user_role_grant_permissions('anonymous', ['access content']);
    $editor = $this->account('editor', $this->role('editor', ['access content', 'access toolbar', 'edit any article content', 'use editorial transition create_new_draft'])->id());
    \Drupal::service('router.builder')->rebuild();
    $found = $this->made('/user/login', new AnonymousUserSession()) + $this->made("/$path", new AnonymousUserSession()) + $this->made("/$path", $editor);
    ksort($found);

    $recorded = json_decode((string) file_get_contents(self::RECORDED), TRUE, 512, JSON_THROW_ON_ERROR);
    $this->assertSame($recorded, $found, (string) json_encode($found, JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES));
  }

  /**
   * Who works when the response is out is made where there is work.
   */
  public function testWorkAfterResponse(): void {
    $work = [AfterResponse::class, BatchesAfterResponse::class, DraftWarningHooks::class];
    $this->made('/user/login', new AnonymousUserSession());
    $this->assertSame([FALSE, FALSE, FALSE], array_map($this->container->initialized(...), $work));
    \Drupal::service(PushQueue::class)->addCommands();
    $this->terminate();
    $this->assertSame([TRUE, FALSE, FALSE], array_map($this->container->initialized(...), $work));
    $this->assertTrue(\Drupal::service(PushQueue::class)->isEmpty());
    \Drupal::service(NotedBatches::class)->note();
    $this->terminate();
    $this->assertSame([TRUE, TRUE, FALSE], array_map($this->container->initialized(...), $work));
    $this->assertFalse(\Drupal::service(NotedBatches::class)->isNoted());
  }

  /**
   * The end of a request, when its response is out.
   */
  private function terminate(): void {
    \Drupal::service('http_kernel')->terminate(Request::create('/'), new Response());
  }

  /**
   * The services that a page makes in a container that has made none.
   *
   * @return array<string, string[]>
   *   What their constructors take, by the names of their classes.
   */
  private function made(string $path, AccountInterface $account): array {
    \Drupal::service('kernel')->rebuildContainer();
    $this->container = \Drupal::getContainer();
    $request = Request::create($path);
    $request->setSession(new Session(new MockArraySessionStorage()));
    $response = $this->as($account, static fn () => \Drupal::service('http_kernel')->handle($request));
    $this->assertSame(200, $response->getStatusCode(), $path);
    \Drupal::service('http_kernel')->terminate($request, $response);
    $classes = [];
    foreach ($this->container->getServiceIds() as $id) {
      $class = str_contains($id, 'background_agents') && $this->container->initialized($id) ? $this->container->get($id)::class : '';
      if (str_starts_with($class, 'Drupal\\background_agents\\')) {
        $classes[$class] = self::constructor($class);
      }
    }
    return $classes;
  }

  /**
   * What a constructor takes, in its order.
   *
   * @return string[]
   *   Types, with their names.
   */
  private static function constructor(string $class): array {
    $parameters = (new \ReflectionClass($class))->getConstructor()?->getParameters() ?? [];
    return array_map(static fn (\ReflectionParameter $parameter): string => $parameter->getType() . ' $' . $parameter->getName(), $parameters);
  }

}
