<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

use Drupal\background_agents\Contract\Json;

/**
 * A wish that an agent runs. What the Dispatcher takes.
 *
 * @api
 */
final class DispatchRequest {

  /**
   * Constructs a DispatchRequest object.
   *
   * @param string $agent
   *   Id of the agent.
   * @param string $triggerType
   *   One of cron, content, eca, manual, schedule, mcp, a2a, api, agent, tool,
   *   flow.
   * @param \stdClass $input
   *   The input, checked against the agent's input schema.
   * @param string|null $triggerId
   *   Id of the trigger, ECA model, schedule; NULL when there is none.
   * @param int|null $requester
   *   User id of who asks; NULL for cron and Drush.
   * @param array|null $entity
   *   The content it is about, as trigger.entity of the job: entity_type, uuid,
   *   bundle, id, revision, langcode, label.
   * @param string|null $operation
   *   What happened to the content: insert, update, delete. Of a run that an
   *   agent starts, whether that one waits for it: wait, detach.
   * @param array[] $items
   *   The content items of a run that stands for many.
   * @param string|null $parent
   *   UUID of the run that starts this one.
   * @param int $depth
   *   How many runs are above.
   * @param string|null $key
   *   De-duplication key: the same key of the same requester and agent gives
   *   the same run.
   * @param string|null $run
   *   UUID that the run shall have; NULL: a new one.
   * @param int|null $batch
   *   Number of the batch that the run is a part of.
   * @param bool $dryRun
   *   Whether it is a test run, of which nothing is saved.
   * @param \Drupal\background_agents\Dispatch\Via|null $via
   *   By which means it is asked for; NULL: the Dispatcher tells.
   * @param array<string, int> $limits
   *   What it may have at the most, of limits of its agent, by their names. An
   *   agent that starts it hands them down.
   * @param int $delay
   *   Seconds after which it begins.
   * @param int $priority
   *   -10 to 10: higher ones begin before others of the same agent.
   */
  public function __construct(
    public readonly string $agent,
    public readonly string $triggerType,
    public readonly \stdClass $input = new \stdClass(),
    public readonly ?string $triggerId = NULL,
    public readonly ?int $requester = NULL,
    public readonly ?array $entity = NULL,
    public readonly ?string $operation = NULL,
    public readonly array $items = [],
    public readonly ?string $parent = NULL,
    public readonly int $depth = 0,
    public readonly ?string $key = NULL,
    public readonly ?string $run = NULL,
    public readonly ?int $batch = NULL,
    public readonly bool $dryRun = FALSE,
    public readonly ?Via $via = NULL,
    public readonly array $limits = [],
    public readonly int $delay = 0,
    public readonly int $priority = 0,
  ) {}

  /**
   * A copy with some values changed, named as the constructor's parameters.
   */
  public function with(mixed ...$values): self {
    return new self(...$values + get_object_vars($this));
  }

  /**
   * Hash of the key, with what it is valid for; NULL without a key.
   */
  public function keyHash(): ?string {
    if ($this->key === NULL) {
      return NULL;
    }
    // An agent's key is that of a call of its run: nobody else can take it.
    return hash('sha256', $this->triggerType === 'agent' && $this->parent !== NULL
      ? "\0{$this->parent}\n{$this->agent}\n{$this->key}"
      : "{$this->agent}\n{$this->requester}\n{$this->key}");
  }

  /**
   * Whether a person or a program asks for just this run.
   *
   * Of triggers and ECA models the key is what decides: it says which events
   * are one, whatever they bring.
   */
  public function isAskedFor(): bool {
    return !in_array($this->triggerType, ['cron', 'schedule', 'content', 'eca'], TRUE);
  }

  /**
   * Whether the requester needs the permission to run the agent.
   *
   * Triggers, ECA models and schedules were set up by an administrator: what
   * an editor does merely sets them off.
   */
  public function needsPermission(): bool {
    return $this->isAskedFor() && $this->requester !== NULL;
  }

  /**
   * Writes the request down, to be read again by fromJson().
   */
  public function toJson(): string {
    return Json::encode(get_object_vars($this));
  }

  /**
   * Reads a request that toJson() wrote; what else stands there is left out.
   */
  public static function fromJson(string $json): self {
    $values = array_filter(json_decode($json, TRUE, 512, JSON_THROW_ON_ERROR), static fn (string $name): bool => property_exists(self::class, $name), ARRAY_FILTER_USE_KEY);
    // Decoded twice, so that objects in the input stay objects.
    $values['input'] = json_decode($json, FALSE, 512, JSON_THROW_ON_ERROR)->input;
    $values['via'] = isset($values['via']) ? new Via(...$values['via']) : NULL;
    return new self(...$values);
  }

}
