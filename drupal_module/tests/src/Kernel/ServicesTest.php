<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;
use Symfony\Component\DependencyInjection\ContainerBuilder;
use Symfony\Component\DependencyInjection\Exception\ServiceCircularReferenceException;

/**
 * Each service can be made, whichever is asked for first.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ServicesTest extends AgentsKernelTestBase {

  /**
   * Each service is made in a container in which no other one is made yet.
   *
   * The compiler finds circles of constructors alone. Others show when a
   * constructor asks for a service, or dispatches an event, by itself.
   */
  public function testEachFirst(): void {
    $container = $this->container;
    $this->assertInstanceOf(ContainerBuilder::class, $container);
    // Services take the request in their constructors.
    $kept = ['request_stack' => $container->get('request_stack')];
    foreach ($container->getDefinitions() as $id => $definition) {
      if ($definition->isSynthetic() && $id !== 'service_container') {
        $kept[$id] = $container->get($id, ContainerBuilder::NULL_ON_INVALID_REFERENCE);
      }
    }
    $ids = array_filter($container->getServiceIds(), static fn (string $id): bool => $container->hasDefinition($id)
      && str_starts_with((string) $container->getDefinition($id)->getClass(), 'Drupal\\background_agents\\')
      && $container->getDefinition($id)->isPublic());
    $this->assertGreaterThan(200, count($ids));
    $failed = [];
    foreach ($ids as $id) {
      $container->reset();
      foreach (array_filter($kept) as $name => $service) {
        $container->set($name, $service);
      }
      try {
        $container->get($id);
      }
      catch (ServiceCircularReferenceException $circle) {
        $failed[$id] = $circle->getMessage();
      }
    }
    $this->assertSame([], $failed);
  }

}
