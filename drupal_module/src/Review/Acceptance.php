<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\Core\Entity\ContentEntityInterface;

/**
 * What a person accepts of a draft, ready to be saved.
 *
 * @internal
 */
final readonly class Acceptance {

  /**
   * Sets what is given.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $revision
   *   The revision to save.
   * @param bool $isPart
   *   Whether something of the draft is left out.
   * @param string[] $waiting
   *   Names of fields whose changes stay a draft of the agent.
   * @param bool $isToBeLive
   *   Whether visitors are to see it.
   */
  public function __construct(
    public ContentEntityInterface $revision,
    public bool $isPart,
    public array $waiting,
    public bool $isToBeLive,
  ) {}

}
