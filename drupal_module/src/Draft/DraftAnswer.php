<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

/**
 * What the draft writer answers.
 *
 * @internal
 */
final readonly class DraftAnswer {

  /**
   * Constructs a DraftAnswer object.
   *
   * @param array<string, mixed> $document
   *   The answer of the contract `draft`.
   * @param bool $replayed
   *   TRUE: the effect was there already, and this is the stored answer.
   */
  public function __construct(
    public array $document,
    public bool $replayed,
  ) {}

  /**
   * The document, with `replayed` when it is a stored one.
   */
  public function toArray(): array {
    return $this->document + ($this->replayed ? ['replayed' => TRUE] : []);
  }

  /**
   * HTTP status: 201 for a new draft, 200 for a repeated answer.
   */
  public function status(): int {
    return $this->replayed ? 200 : 201;
  }

}
