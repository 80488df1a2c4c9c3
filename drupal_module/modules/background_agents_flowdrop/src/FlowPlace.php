<?php

declare(strict_types=1);

namespace Drupal\background_agents_flowdrop;

use Drupal\background_agents\Contract\CanonicalJson;
use Drupal\flowdrop\DTO\ExecutionContextDTO;

/**
 * Where in which flow a node is carried out.
 *
 * @internal
 */
final readonly class FlowPlace {

  /**
   * Constructs a FlowPlace object.
   *
   * @param string $workflow
   *   Id of the workflow.
   * @param string $pipeline
   *   Id of the pipeline: one carrying out of the workflow, that is stored.
   *   Empty: it is not stored, so it cannot wait.
   * @param string $execution
   *   Id of the execution.
   * @param string $node
   *   Id of the node in the workflow.
   */
  public function __construct(
    public string $workflow = '',
    public string $pipeline = '',
    public string $execution = '',
    public string $node = '',
  ) {}

  /**
   * Reads what FlowDrop tells a node.
   */
  public static function of(ExecutionContextDTO $context): self {
    return new self(
      self::value($context, 'workflowId'),
      self::value($context, 'pipelineId'),
      self::value($context, 'executionId'),
      self::value($context, 'nodeId'),
    );
  }

  /**
   * Names what a node asks for here; NULL: nothing tells two times apart.
   *
   * FlowDrop carries a node out again when it goes on, and may do so twice at
   * once. That is one run. Another input, as in the next round of a loop, is
   * another one.
   */
  public function hash(NodeSettings $settings): ?string {
    $once = $this->pipeline !== '' ? "pipeline $this->pipeline" : ($this->execution !== '' ? "execution $this->execution" : NULL);
    return $once === NULL ? NULL : hash('sha256', implode("\0", [
      $once, $this->workflow, $this->node, $settings->agent, $settings->account, $settings->key, CanonicalJson::encode($settings->input),
    ]));
  }

  /**
   * A value of the context, by its getter or its property.
   *
   * The documentation names the values, as parameters of the constructor.
   */
  private static function value(ExecutionContextDTO $context, string $name): string {
    $getter = 'get' . ucfirst($name);
    $value = method_exists($context, $getter) ? $context->$getter() : (get_object_vars($context)[$name] ?? '');
    return is_scalar($value) ? (string) $value : '';
  }

}
