<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

use Drupal\background_agents\Dispatch\DispatchRequest;

/**
 * A row of the trigger log: one event that wants to become a run.
 *
 * @internal
 */
final readonly class TriggerRow {

  public function __construct(
    public int $id,
    public string $run,
    public string $fold,
    private string $json,
  ) {}

  /**
   * Writes down what is wanted, as request() and facts() read it.
   */
  public static function json(DispatchRequest $request, ?SaveFacts $facts): string {
    $json = $request->toJson();
    return $facts === NULL ? $json : substr($json, 0, -1) . ',"save":' . json_encode($facts->toArray(), JSON_THROW_ON_ERROR) . '}';
  }

  /**
   * Makes it of a row of the database.
   */
  public static function fromRow(\stdClass $row): self {
    return new self((int) $row->id, $row->run, $row->fold, $row->request);
  }

  /**
   * What is wanted.
   *
   * @throws \JsonException
   *   When what is stored cannot be read. One such row must not keep others
   *   back, so it is read when its turn has come.
   */
  public function request(): DispatchRequest {
    return DispatchRequest::fromJson($this->json);
  }

  /**
   * What a save had of what its trigger asks; NULL: it asks nothing.
   */
  public function facts(): ?SaveFacts {
    $facts = json_decode($this->json, TRUE)['save'] ?? NULL;
    return $facts === NULL ? NULL : SaveFacts::fromArray($facts);
  }

  /**
   * The trigger of a content change; NULL: it has none, or cannot be read.
   */
  public function contentTrigger(): ?string {
    $request = json_decode($this->json);
    return ($request->triggerType ?? '') === 'content' ? $request->triggerId ?? NULL : NULL;
  }

}
