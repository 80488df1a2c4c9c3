<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents\Kernel;

use Drupal\background_agents\Agent\AgentPermissions;
use Drupal\background_agents\AiAgents\AiAgentImport;
use Drupal\background_agents\AiAgents\MappedAgent;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Form\Agent\AgentCloneForm;
use Drupal\background_agents\Form\AgentForm;
use Drupal\Core\Config\ConfigImporterException;
use Drupal\Core\Config\StorageInterface;
use Drupal\Core\Entity\EntityFormInterface;
use Drupal\Core\Entity\EntityMalformedException;
use Drupal\Core\Form\FormState;
use Drupal\Tests\ConfigTestTrait;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\Attributes\Group;
use PHPUnit\Framework\Attributes\RunTestsInSeparateProcesses;

/**
 * No agent has the id whose permission is the one to run any agent.
 */
#[Group('background_agents')]
#[RunTestsInSeparateProcesses]
final class ReservedAgentIdsTest extends AgentsKernelTestBase {

  use ConfigTestTrait;

  /**
   * The forms that take an id refuse it, and take one that only begins so.
   */
  #[DataProvider('forms')]
  public function testForms(string $operation, string $class): void {
    $this->agent();
    \Drupal::service('router.builder')->rebuild();
    foreach (['any' => TRUE, 'any_page' => FALSE] as $id => $refused) {
      $state = $this->as($this->createUser([], NULL, TRUE), function () use ($operation, $class, $id): FormState {
        $form = \Drupal::entityTypeManager()->getFormObject('background_agents_agent', $operation);
        $this->assertInstanceOf($class, $form);
        assert($form instanceof EntityFormInterface);
        $form->setEntity($operation === 'add' ? Agent::create([]) : Agent::load('writer'));
        $state = (new FormState())->setValues(['label' => 'Any', 'id' => $id, 'op' => $operation === 'add' ? 'Save' : 'Clone']);
        \Drupal::formBuilder()->submitForm($form, $state);
        return $state;
      });
      $this->assertSame($refused, str_contains((string) ($state->getErrors()['id'] ?? ''), 'is reserved'), $id);
    }
    $this->assertNull(Agent::load('any'));
  }

  /**
   * Forms of agents.
   *
   * @return array<string, array{string, class-string}>
   *   Operation and class.
   */
  public static function forms(): array {
    return ['add' => ['add', AgentForm::class], 'clone' => ['clone', AgentCloneForm::class]];
  }

  /**
   * Validation says so, and saving does not do it.
   */
  public function testEntity(): void {
    $like = $this->agent()->toArray();
    unset($like['uuid']);
    $agent = Agent::create(['id' => 'any'] + $like);
    $problems = static fn (Agent $agent): string => implode(' ', array_map(
      static fn ($violation): string => (string) $violation->getMessage(),
      iterator_to_array($agent->getTypedData()->validate()),
    ));
    $this->assertStringContainsString('or reserved', $problems($agent));
    $this->assertStringNotContainsString('or reserved', $problems(Agent::create(['id' => 'anyone'] + $like)));
    $this->expectException(EntityMalformedException::class);
    $agent->save();
  }

  /**
   * An import of configuration with such an agent changes nothing.
   */
  public function testConfigurationImport(): void {
    $data = $this->agent()->toArray();
    $sync = $this->container->get('config.storage.sync');
    assert($sync instanceof StorageInterface);
    $this->copyConfig($this->container->get('config.storage'), $sync);
    $sync->write('background_agents.agent.any', ['id' => 'any', 'uuid' => \Drupal::service('uuid')->generate()] + $data);
    try {
      $this->configImporter()->import();
      $this->fail('The import was made.');
    }
    catch (ConfigImporterException $exception) {
      $this->assertStringContainsString('The id "any" of an agent is reserved', $exception->getMessage());
    }
    $this->assertNull(Agent::load('any'));
  }

  /**
   * Names that are proposed are others.
   */
  public function testProposedName(): void {
    $import = new \ReflectionClass(AiAgentImport::class);
    $mapped = (new \ReflectionClass(MappedAgent::class))->newInstanceWithoutConstructor();
    (new \ReflectionProperty($mapped, 'id'))->setValue($mapped, 'any');
    $proposing = $import->newInstanceWithoutConstructor();
    $import->getProperty('entityTypeManager')->setValue($proposing, \Drupal::entityTypeManager());
    $this->assertSame('any_2', $proposing->freeId($mapped));
  }

  /**
   * An agent of a site that has one already does not name the permission.
   */
  public function testPermissionKeepsItsName(): void {
    $this->config('background_agents.agent.any')->setData(['id' => 'any'] + $this->agent()->toArray())->save(TRUE);
    $this->assertNotNull(Agent::load('any'));
    $permissions = \Drupal::classResolver(AgentPermissions::class)->permissions();
    $this->assertSame(['run writer background agent'], array_keys($permissions));
  }

}
