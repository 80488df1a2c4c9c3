<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\State\StateInterface;

/**
 * What a sidecar found wrong that this site cannot see, as it told last.
 *
 * @internal
 */
final class SidecarFindings {

  private const string STATE = 'background_agents.sidecar_findings';

  private const array LEVELS = ['note', 'problem'];

  /**
   * As the sidecar sends at most (docs/reference/protocol.md, status).
   */
  private const int MAX = 50;

  private const int MAX_SUBJECT = 200;

  private const int MAX_TEXT = 1000;

  public function __construct(
    private readonly StateInterface $state,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Keeps what a sidecar found, in place of what it found before.
   *
   * @param array<mixed> $findings
   *   Decoded objects with level, subject and text. What has another shape is
   *   left out: a newer sidecar may know more levels.
   */
  public function store(array $findings): void {
    $kept = [];
    foreach (array_slice($findings, 0, self::MAX) as $finding) {
      $level = $finding->level ?? NULL;
      if (in_array($level, self::LEVELS, TRUE) && is_string($finding->subject ?? NULL) && is_string($finding->text ?? NULL)) {
        $kept[] = [
          'level' => $level,
          'subject' => mb_substr($finding->subject, 0, self::MAX_SUBJECT),
          'text' => mb_substr($finding->text, 0, self::MAX_TEXT),
        ];
      }
    }
    $this->state->set(self::STATE, ['time' => $this->time->getCurrentTime(), 'findings' => $kept]);
  }

  /**
   * When the sidecar looked last, as a Unix time; NULL: it never told.
   */
  public function time(): ?int {
    return $this->state->get(self::STATE)['time'] ?? NULL;
  }

  /**
   * Returns all findings, problems first.
   *
   * @return array<array{level: string, subject: string, text: string}>
   *   The level is "problem" or "note"; problems come first.
   */
  public function all(): array {
    return $this->state->get(self::STATE)['findings'] ?? [];
  }

}
