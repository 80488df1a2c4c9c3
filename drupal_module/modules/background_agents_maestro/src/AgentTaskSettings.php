<?php

declare(strict_types=1);

namespace Drupal\background_agents_maestro;

/**
 * What a template says about one task that runs an agent.
 *
 * @internal
 */
final readonly class AgentTaskSettings {

  /**
   * Where a template keeps it: below `data` of the task.
   */
  public const string KEY = 'background_agent';

  /**
   * Asks for the person who started the process.
   */
  public const string INITIATOR = 'initiator';

  /**
   * Goes on when the run has ended.
   */
  public const string UNTIL_END = 'end';

  /**
   * Goes on when people have decided about all drafts of the run.
   */
  public const string UNTIL_DECISION = 'decision';

  /**
   * Constructs an AgentTaskSettings object.
   *
   * @param string $agent
   *   Id of the agent.
   * @param string $input
   *   A JSON object; its texts may hold [process:VARIABLE].
   * @param string $requester
   *   Whom the task asks for: INITIATOR, or a user id.
   * @param string $until
   *   One of UNTIL_END, UNTIL_DECISION.
   * @param string $runVariable
   *   Process variable that gets the UUID of the run; empty: none.
   * @param string $outputVariable
   *   Process variable that gets the output; empty: none.
   */
  public function __construct(
    public string $agent = '',
    public string $input = '',
    public string $requester = self::INITIATOR,
    public string $until = self::UNTIL_END,
    public string $runVariable = '',
    public string $outputVariable = '',
  ) {}

  /**
   * Reads the settings of a task of a template.
   *
   * @param array $task
   *   The task, as Maestro keeps it.
   */
  public static function of(array $task): self {
    $kept = $task['data'][self::KEY] ?? [];
    $named = array_intersect_key(is_array($kept) ? $kept : [], get_class_vars(self::class));
    return new self(...array_map(strval(...), $named));
  }

  /**
   * As a template keeps it.
   *
   * @return array<string, string>
   *   By name.
   */
  public function toArray(): array {
    return get_object_vars($this);
  }

}
