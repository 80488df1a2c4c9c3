<?php

declare(strict_types=1);

namespace Drupal\background_agents_flowdrop;

use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Dispatch\InputText;
use Drupal\flowdrop\DTO\ParameterBagInterface;

/**
 * What a node that runs an agent is given.
 *
 * The values come from the form of the node, or from other nodes: of whatever
 * type they are, they are read or refused.
 *
 * @internal
 */
final readonly class NodeSettings {

  private const int DEPTH = 64;

  /**
   * Constructs a NodeSettings object.
   *
   * @param string $agent
   *   Id of the agent.
   * @param \stdClass $input
   *   The input.
   * @param string $account
   *   Name of the account for which the node asks; empty: who executes the
   *   flow.
   * @param string $key
   *   Tells rounds of a loop apart that ask for the same.
   * @param bool $waits
   *   Whether the flow waits for the end of the run.
   * @param bool $fails
   *   Whether the node fails when the run was not completed.
   */
  public function __construct(
    public string $agent,
    public \stdClass $input,
    public string $account = '',
    public string $key = '',
    public bool $waits = TRUE,
    public bool $fails = TRUE,
  ) {}

  /**
   * Reads the parameters of a node.
   *
   * @throws \Drupal\background_agents_flowdrop\NodeFailed
   *   When one of them cannot be read.
   */
  public static function of(ParameterBagInterface $params): self {
    $agent = self::text($params, 'agent');
    if (preg_match('/^[a-z0-9_]{1,64}$/D', $agent) !== 1) {
      throw new NodeFailed($agent === '' ? 'Choose the agent of the node.' : 'The parameter "agent" is not the machine name of an agent.');
    }
    return new self(
      $agent,
      self::input($params->get('input')),
      self::text($params, 'account'),
      self::text($params, 'key'),
      self::flag($params, 'wait'),
      self::flag($params, 'fail'),
    );
  }

  /**
   * How the node is set, as FlowDrop describes parameters.
   */
  public static function schema(): array {
    return [
      'type' => 'object',
      'properties' => [
        'agent' => [
          'type' => 'string',
          'title' => 'Agent',
          'description' => 'Machine name of the background agent.',
          'required' => TRUE,
        ],
        'input' => [
          'type' => 'any',
          'title' => 'Input',
          'description' => 'What the agent asks for: an object, or a JSON object as text.',
          'required' => FALSE,
        ],
      ] + self::choices(),
    ];
  }

  /**
   * The parameters that say how the node is carried out.
   */
  private static function choices(): array {
    return [
      'account' => [
        'type' => 'string',
        'title' => 'Account',
        'description' => 'Name of the account for which the node asks. It needs the permission to run the agent. Empty: who executes the flow. Set it here; never connect it to data that comes from outside.',
        'default' => '',
      ],
      'wait' => [
        'type' => 'boolean',
        'title' => 'Wait for the end',
        'description' => 'The flow waits until the run has ended. This needs the StateGraph orchestrator. Otherwise the node hands the run over and gives its UUID at once.',
        'default' => TRUE,
      ],
      'fail' => [
        'type' => 'boolean',
        'title' => 'Fail with the run',
        'description' => 'The node fails when the run was refused, failed, was cancelled or expired. Otherwise the output "succeeded" says it.',
        'default' => TRUE,
      ],
      'key' => [
        'type' => 'string',
        'title' => 'Key',
        'description' => 'In a loop, the number of the round: rounds that ask for the same would get the same run otherwise.',
        'default' => '',
      ],
    ];
  }

  private static function text(ParameterBagInterface $params, string $name): string {
    $value = $params->get($name);
    if ($value !== NULL && !is_scalar($value)) {
      throw new NodeFailed("The parameter \"$name\" has to be a text.");
    }
    return trim((string) $value);
  }

  /**
   * A parameter that is on, unless it is set otherwise.
   */
  private static function flag(ParameterBagInterface $params, string $name): bool {
    $value = $params->get($name) ?? TRUE;
    $flag = is_scalar($value) ? filter_var($value, FILTER_VALIDATE_BOOL, FILTER_NULL_ON_FAILURE) : NULL;
    return $flag ?? throw new NodeFailed("The parameter \"$name\" has to be true or false.");
  }

  private static function input(mixed $value): \stdClass {
    try {
      if (is_array($value) || is_object($value)) {
        // A list stays one, and is refused below; an empty one is no input.
        $value = $value === [] ? '' : json_encode($value, JSON_THROW_ON_ERROR, self::DEPTH);
      }
      return InputText::read(is_scalar($value) ? (string) $value : '');
    }
    catch (DispatchRefused $refused) {
      throw new NodeFailed($refused->problem->detail, 0, $refused);
    }
    catch (\JsonException $exception) {
      throw new NodeFailed('The input cannot be written as JSON: ' . $exception->getMessage(), 0, $exception);
    }
  }

}
