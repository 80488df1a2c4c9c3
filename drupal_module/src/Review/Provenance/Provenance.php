<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Provenance;

/**
 * What one draft of an agent left in a translation of a revision.
 *
 * @internal
 */
final readonly class Provenance {

  /**
   * Constructs a Provenance object.
   *
   * @param int $origin
   *   Id of the change by which the agent wrote it.
   * @param string $run
   *   UUID of the run.
   * @param string $agent
   *   Id of the agent.
   * @param string $model
   *   The model that its definition named.
   * @param int|null $version
   *   Version of its definition; NULL: not known.
   * @param int $written
   *   Unix time at which the agent wrote.
   * @param list<string> $fields
   *   Names of the fields in which it stands.
   * @param int|null $checked
   *   Unix time at which a person accepted or published it; NULL: nobody has.
   * @param int|null $checkedBy
   *   Their account; NULL with a time: an erased person.
   */
  public function __construct(
    public int $origin,
    public string $run,
    public string $agent,
    public string $model,
    public ?int $version,
    public int $written,
    public array $fields,
    public ?int $checked = NULL,
    public ?int $checkedBy = NULL,
  ) {}

  /**
   * Reads a row of the table.
   */
  public static function of(\stdClass $row): self {
    return new self(
      (int) $row->origin,
      $row->run,
      $row->agent,
      $row->model,
      $row->version === NULL ? NULL : (int) $row->version,
      (int) $row->written,
      json_decode($row->fields, TRUE, 512, JSON_THROW_ON_ERROR),
      $row->checked === NULL ? NULL : (int) $row->checked,
      $row->checked_by === NULL ? NULL : (int) $row->checked_by,
    );
  }

  /**
   * The same, as it stands in another revision.
   *
   * @param list<string> $fields
   *   Names of the fields in which it stands there.
   */
  public function in(array $fields): self {
    return new self($this->origin, $this->run, $this->agent, $this->model, $this->version, $this->written, $fields, $this->checked, $this->checkedBy);
  }

  /**
   * The same, checked by a person, unless somebody has before.
   */
  public function checkedBy(int $uid, int $time): self {
    return $this->checked !== NULL ? $this : new self($this->origin, $this->run, $this->agent, $this->model, $this->version, $this->written, $this->fields, $time, $uid);
  }

}
