<?php

declare(strict_types=1);

namespace Drupal\background_agents\Event;

use Drupal\background_agents\Entity\Run;
use Drupal\Core\Entity\ContentEntityInterface;
use Symfony\Contracts\EventDispatcher\Event;

/**
 * May this draft be saved now?
 *
 * Who keeps others from an item at times, such as an editing lock or a content
 * freeze, subscribes and refuses. The draft writer asks twice: before it builds
 * the draft, and when it holds the item's row. The first refusal counts; who
 * wants another subscriber passed over stops the propagation before it.
 *
 * @api
 */
final class MaySaveDraftEvent extends Event {

  public const int RETRY_AFTER = 600;

  /**
   * Why the draft is not saved; NULL: it may be.
   */
  private ?string $reason = NULL;

  /**
   * Seconds after which the run asks again.
   */
  private int $retryAfter = self::RETRY_AFTER;

  /**
   * Constructs a MaySaveDraftEvent object.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   The newest revision, in the draft's language, on top of which the draft
   *   would be saved. A creation: the new item.
   * @param \Drupal\background_agents\Entity\Run $run
   *   The run.
   */
  public function __construct(
    public readonly ContentEntityInterface $entity,
    public readonly Run $run,
  ) {}

  /**
   * Says that it may not be saved now.
   *
   * @param string $reason
   *   Why, in a sentence: the agent's model and everybody who may see the run
   *   read it.
   * @param int $retryAfter
   *   Seconds after which it may be worth another try.
   */
  public function refuse(string $reason, int $retryAfter = self::RETRY_AFTER): void {
    $this->reason = $reason;
    $this->retryAfter = $retryAfter;
    $this->stopPropagation();
  }

  /**
   * Why it may not be saved now; NULL when it may.
   */
  public function getReason(): ?string {
    return $this->reason;
  }

  /**
   * Returns the seconds after which it may be worth another try.
   */
  public function getRetryAfter(): int {
    return $this->retryAfter;
  }

}
