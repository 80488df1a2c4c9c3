<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Undo;

use Drupal\Component\Render\MarkupInterface;
use Drupal\Component\Render\PlainTextOutput;

/**
 * What undoing a run does with one field.
 *
 * @internal
 */
final readonly class PlannedField {

  /**
   * Constructs a PlannedField object.
   *
   * @param string $name
   *   Name of the field.
   * @param string $label
   *   Its label, plain text.
   * @param \Drupal\background_agents\Review\Undo\Verdict $verdict
   *   What becomes of it.
   * @param list<mixed> $former
   *   The stored items that come back.
   * @param string $why
   *   Why it stays, or cannot be put back; plain text.
   */
  public function __construct(
    public string $name,
    public string $label,
    public Verdict $verdict,
    public array $former,
    public string $why = '',
  ) {}

  /**
   * The same field with another verdict.
   *
   * @param \Drupal\background_agents\Review\Undo\Verdict $verdict
   *   The verdict.
   * @param \Drupal\Component\Render\MarkupInterface $why
   *   Why; kept as plain text.
   */
  public function judged(Verdict $verdict, MarkupInterface $why): self {
    return new self($this->name, $this->label, $verdict, $this->former, PlainTextOutput::renderFromHtml($why));
  }

}
