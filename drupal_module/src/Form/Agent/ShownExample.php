<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

/**
 * An example as the form of an agent shows it.
 *
 * @internal
 */
final readonly class ShownExample {

  /**
   * Constructs a ShownExample object.
   *
   * @param string $label
   *   Its title.
   * @param \stdClass|null $input
   *   Its input; NULL: a new one, which begins as the input does.
   * @param bool $isJson
   *   Whether the input is shown as JSON: the fields cannot say all of it.
   */
  public function __construct(
    public string $label = '',
    public ?\stdClass $input = NULL,
    public bool $isJson = FALSE,
  ) {}

}
