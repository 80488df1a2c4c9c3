<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Draft\ChangeLog;
use Drupal\background_agents\Entity\Change;
use Drupal\Core\Database\DatabaseException;
use Drupal\Core\Entity\EntityStorageException;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Logger\LoggerChannelInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Utility\Error;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Decides about drafts of a selection, one by one, as their pages would.
 *
 * One that cannot be decided leaves the others alone.
 *
 * @internal
 */
final class BulkDecision {

  use StringTranslationTrait;

  public const string ACCEPT = 'accept';

  public const string REFUSE = 'refuse';

  public function __construct(
    private readonly Reviewer $reviewer,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountInterface $currentUser,
    #[Autowire(service: 'logger.channel.background_agents')]
    private readonly LoggerChannelInterface $logger,
  ) {}

  /**
   * Decides about one draft.
   *
   * Safe to repeat: a batch that broke off may begin with it again.
   *
   * @param int $id
   *   Id of the change.
   * @param string $decision
   *   One of the constants.
   * @param \Drupal\background_agents\Review\Seen $seen
   *   What was there when the person decided.
   * @param string|null $state
   *   The moderation state that accepting brings it to.
   * @param string $reason
   *   Why it is refused.
   *
   * @return \Drupal\Core\StringTranslation\TranslatableMarkup|null
   *   Why nothing was done; NULL: it was.
   */
  public function decide(int $id, string $decision, Seen $seen, ?string $state, string $reason): ?TranslatableMarkup {
    $change = $this->entityTypeManager->getStorage(ChangeLog::ENTITY_TYPE)->loadUnchanged($id);
    if (!$change instanceof Change) {
      return $this->t('A draft is not there any more.');
    }
    if ($this->isDone($change, $decision)) {
      return NULL;
    }
    $label = ['@label' => $change->getTargetLabel()];
    try {
      $decision === self::REFUSE ? $this->reviewer->refuse($change, $seen, $reason) : $this->reviewer->accept($change, $seen, new Choice(), $state);
    }
    catch (ReviewRefused $refused) {
      return $this->t('“@label”: @why', $label + ['@why' => $refused->sentence]);
    }
    catch (EntityStorageException | DatabaseException $failure) {
      Error::logException($this->logger, $failure);
      return $this->t('“@label”: The site could not save it. Open it, and decide there; the log says what went wrong.', $label);
    }
    return NULL;
  }

  /**
   * Whether this person has decided the same already.
   */
  private function isDone(Change $change, string $decision): bool {
    return $change->getStatus() === ($decision === self::REFUSE ? Change::REJECTED : Change::ACCEPTED)
      && (int) $change->getDecidedBy()?->id() === (int) $this->currentUser->id();
  }

}
