<?php

declare(strict_types=1);

namespace Drupal\background_agents\Audit;

use Drupal\background_agents\Entity\Run;

/**
 * A decision of a person: about a run, or about all agents of the site.
 *
 * @internal
 */
final readonly class Decision {

  // Where it was said: on the site or by its API, by Drush, at the sidecar.
  public const string SITE = 'site';
  public const string DRUSH = 'drush';
  public const string SIDECAR = 'sidecar';

  /**
   * Constructs a Decision object.
   *
   * @param string $action
   *   One of cancel, pause, resume, retry, decide, stop, start, accept, refuse,
   *   send_back, undo, batch_ with start, pause, resume, cancel, retry, and
   *   key_ with add, change, revoke.
   * @param string $door
   *   One of the constants.
   * @param int|null $uid
   *   The account; NULL: none, such as with Drush.
   * @param string $note
   *   Why, as the person said.
   * @param string|null $run
   *   UUID of the run; NULL: a batch, or all agents of the site.
   * @param string|null $agent
   *   Id of its agent.
   * @param array<string, mixed> $data
   *   More: id and decision of an answer, from_step of a retry, batch.
   */
  private function __construct(
    public string $action,
    public string $door,
    public ?int $uid,
    public string $note,
    public ?string $run = NULL,
    public ?string $agent = NULL,
    public array $data = [],
  ) {}

  /**
   * A command to a run, as RunCommands takes it.
   *
   * @param array<string, mixed> $data
   *   The command's data; note is taken out of it.
   */
  public static function aboutRun(Run $run, string $action, ?int $uid, string $door, array $data = []): self {
    return new self($action, $door, $uid, (string) ($data['note'] ?? ''), $run->uuid(), $run->getAgentId(), array_diff_key($data, ['note' => TRUE]));
  }

  /**
   * What an operator decided at the sidecar, as an event tells.
   *
   * @param string $run
   *   UUID of the run.
   * @param string $agent
   *   Id of its agent.
   * @param string $action
   *   What was decided.
   * @param \stdClass $told
   *   The data of the event.
   */
  public static function atTheSidecar(string $run, string $agent, string $action, \stdClass $told): self {
    $note = is_string($told->note ?? NULL) ? $told->note : '';
    return new self($action, self::SIDECAR, NULL, $note, $run, $agent, array_intersect_key((array) $told, [
      'id' => TRUE,
      'decision' => TRUE,
    ]));
  }

  /**
   * What a person decided about a batch.
   *
   * @param int $batch
   *   The batch.
   * @param string $agent
   *   Id of its agent.
   * @param string $action
   *   One of batch_start, batch_pause, batch_resume, batch_cancel, batch_retry.
   * @param int $uid
   *   Who decided.
   * @param array<string, mixed> $data
   *   More.
   */
  public static function aboutBatch(int $batch, string $agent, string $action, int $uid, array $data = []): self {
    return new self($action, self::SITE, $uid, '', NULL, $agent, ['batch' => $batch] + $data);
  }

  /**
   * What a person did with a dispatch key, of their own or of somebody else.
   */
  public static function aboutKey(string $action, int $uid, string $key): self {
    return new self($action, self::SITE, $uid, '', data: ['key' => $key]);
  }

  /**
   * The stop switch of the site.
   */
  public static function aboutSite(string $action, ?int $uid, string $note): self {
    return new self($action, $uid === NULL ? self::DRUSH : self::SITE, $uid, $note);
  }

}
