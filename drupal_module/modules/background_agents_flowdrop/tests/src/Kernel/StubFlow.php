<?php

declare(strict_types=1);

namespace Drupal\Tests\background_agents_flowdrop\Kernel;

use Drupal\flowdrop\DTO\ExecutionContextDTO;
use Drupal\flowdrop\DTO\ParameterBag;
use Drupal\flowdrop_interrupt\Exception\InterruptNotPendingException;
use Drupal\flowdrop_interrupt\Exception\InterruptRequiredException;
use Drupal\flowdrop_interrupt\Service\InterruptManagerInterface;

/**
 * Flows of one node, carried out as the StateGraph orchestrator does it.
 *
 * What the node throws is stored as an interrupt; who answers it has the node
 * carried out anew.
 */
final class StubFlow implements InterruptManagerInterface {

  /**
   * The interrupts.
   *
   * @var object[]
   */
  public array $interrupts = [];

  /**
   * How the flow of each pipeline stands: outputs, text of a failure, or NULL.
   *
   * @var array<string, array|string|null>
   */
  public array $results = [];

  /**
   * What is answered, by whom.
   *
   * @var array[]
   */
  public array $answers = [];

  /**
   * What a node behind throws.
   */
  public ?\Throwable $fault = NULL;

  /**
   * Whether an interrupt is stored at once.
   */
  public bool $stores = TRUE;

  /**
   * The flows, by pipeline.
   *
   * @var array<string, callable>
   */
  private array $flows = [];

  /**
   * Carries the node out in a pipeline.
   */
  public function start(array $parameters, string $pipeline = 'p1', string $execution = 'e1'): void {
    $this->flows[$pipeline] = fn (): array => $this->node($pipeline, $execution)->process(new ParameterBag($parameters));
    $this->carryOut($pipeline);
  }

  /**
   * Carries the node out again.
   */
  public function carryOut(string $pipeline = 'p1'): void {
    $this->results[$pipeline] = NULL;
    try {
      $this->results[$pipeline] = ($this->flows[$pipeline])();
    }
    catch (InterruptRequiredException $waits) {
      if ($this->stores) {
        $this->store($pipeline, $waits->interruptMessage->message);
      }
    }
    catch (\RuntimeException $failure) {
      $this->results[$pipeline] = $failure->getMessage();
    }
  }

  /**
   * Stores an interrupt.
   */
  public function store(string $pipeline, string $message): void {
    $this->interrupts[] = new class($pipeline, $message, 'i' . count($this->interrupts)) {

      public function __construct(
        public readonly string $pipeline,
        private readonly string $message,
        private readonly string $uuid,
        public bool $pending = TRUE,
      ) {}

      public function getMessage(): string {
        return $this->message;
      }

      public function uuid(): string {
        return $this->uuid;
      }

    };
  }

  /**
   * {@inheritdoc}
   */
  public function getPendingInterruptsForPipeline(string $pipeline_id): array {
    return array_filter($this->interrupts, static fn (object $interrupt): bool => $interrupt->pending && $interrupt->pipeline === $pipeline_id);
  }

  /**
   * {@inheritdoc}
   */
  public function resolveInterrupt(string $uuid, mixed $response, int $uid): object {
    if ($this->fault !== NULL) {
      throw $this->fault;
    }
    foreach ($this->interrupts as $interrupt) {
      if ($interrupt->uuid() === $uuid && $interrupt->pending) {
        $interrupt->pending = FALSE;
        $this->answers[] = [$uuid, $response, $uid, (int) \Drupal::currentUser()->id()];
        $this->carryOut($interrupt->pipeline);
        return $interrupt;
      }
    }
    throw new InterruptNotPendingException('Dealt with already.');
  }

  private function node(string $pipeline, string $execution): object {
    $node = \Drupal::service('flowdrop.node_processor_plugin_manager')->createInstance('run_background_agent');
    $node->setExecutionContext(new ExecutionContextDTO(workflowId: 'flow', pipelineId: $pipeline, executionId: $execution, nodeId: 'agent.1'));
    return $node;
  }

}
