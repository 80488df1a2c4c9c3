<?php

declare(strict_types=1);

namespace Drupal\background_agents_flowdrop\Plugin\FlowDropNodeProcessor;

use Drupal\background_agents_flowdrop\AgentNodes;
use Drupal\background_agents_flowdrop\FlowPlace;
use Drupal\background_agents_flowdrop\NodeSettings;
use Drupal\background_agents_flowdrop\RunOutputs;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\flowdrop\Attribute\FlowDropNodeProcessor;
use Drupal\flowdrop\DTO\ExecutionContextDTO;
use Drupal\flowdrop\DTO\ParameterBagInterface;
use Drupal\flowdrop\DTO\ValidationResult;
use Drupal\flowdrop\Plugin\FlowDropNodeProcessor\AbstractFlowDropNodeProcessor;
use Drupal\flowdrop\Plugin\FlowDropNodeProcessor\ExecutionContextAwareInterface;
use Drupal\flowdrop\Plugin\FlowDropNodeProcessor\HasSideEffectsInterface;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * A node of a FlowDrop workflow that runs a background agent.
 *
 * @internal
 */
#[FlowDropNodeProcessor(
  id: 'run_background_agent',
  label: new TranslatableMarkup('Run background agent'),
  description: 'Has a background agent do its work, and waits until the run has ended.',
  version: '1.0.0',
)]
final class RunBackgroundAgent extends AbstractFlowDropNodeProcessor implements ExecutionContextAwareInterface, HasSideEffectsInterface {

  /**
   * Where the node is carried out.
   */
  private FlowPlace $place;

  /**
   * Constructs a RunBackgroundAgent object.
   *
   * @param array $configuration
   *   Configuration, as FlowDrop gives it.
   * @param string $plugin_id
   *   Id of the plugin.
   * @param mixed $plugin_definition
   *   Its definition.
   * @param \Drupal\background_agents_flowdrop\AgentNodes $nodes
   *   Carries nodes out.
   */
  public function __construct(
    array $configuration,
    $plugin_id,
    $plugin_definition,
    private readonly AgentNodes $nodes,
  ) {
    parent::__construct($configuration, $plugin_id, $plugin_definition);
    $this->place = new FlowPlace();
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get(AgentNodes::class));
  }

  /**
   * {@inheritdoc}
   */
  public function setExecutionContext(ExecutionContextDTO $context): void {
    $this->place = FlowPlace::of($context);
  }

  /**
   * {@inheritdoc}
   */
  public function process(ParameterBagInterface $params): array {
    return $this->nodes->carryOut(NodeSettings::of($params), $this->place);
  }

  /**
   * {@inheritdoc}
   *
   * All is judged when the node is carried out: values may come from others.
   */
  public function validateParams(array $params): ValidationResult {
    return ValidationResult::success();
  }

  /**
   * {@inheritdoc}
   */
  public function getParameterSchema(): array {
    return NodeSettings::schema();
  }

  /**
   * {@inheritdoc}
   */
  public function getOutputSchema(): array {
    return RunOutputs::schema();
  }

}
