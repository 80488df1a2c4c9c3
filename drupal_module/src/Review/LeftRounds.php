<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\Core\Entity\EntityTypeManagerInterface;

/**
 * Begins rounds that could not begin at the end of their runs.
 *
 * The process may have died in between, agents were stopped, or the agent was
 * disabled for a while.
 *
 * @internal
 */
final class LeftRounds {

  /**
   * Rounds that begin at a time; the next cron goes on.
   */
  private const RUNS = 50;

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly SentBackStore $sentBack,
    private readonly NextRound $next,
  ) {}

  /**
   * Begins them.
   */
  public function begin(): void {
    $agents = $this->entityTypeManager->getStorage('background_agents_agent')->getQuery()->accessCheck(FALSE)->condition('status', TRUE)->execute();
    array_map($this->next->begin(...), $this->sentBack->left(array_values($agents), self::RUNS));
  }

}
