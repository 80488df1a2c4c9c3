<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

/**
 * What differs in one field between two revisions.
 *
 * @internal
 */
final readonly class FieldDiff {

  /**
   * Sets what is given.
   *
   * @param string $name
   *   Name of the field.
   * @param string $label
   *   Its label, plain text.
   * @param bool $isChanged
   *   Whether a reader sees a difference.
   * @param bool $isAgents
   *   Whether the agent set it.
   * @param array<string, mixed> $view
   *   The marked difference, or the value where there is none; render array.
   * @param array<string, \Drupal\background_agents\Review\Diff\TextDiff> $texts
   *   Texts that can be accepted by passage, by "delta:property".
   * @param string $sentence
   *   The difference in a few words, plain text.
   */
  public function __construct(
    public string $name,
    public string $label,
    public bool $isChanged,
    public bool $isAgents,
    public array $view,
    public array $texts,
    public string $sentence,
  ) {}

}
