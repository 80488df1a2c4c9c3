<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Draft\DryRunDrafts;
use Drupal\background_agents\Entity\Change;
use Drupal\Core\Access\AccessResult;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeBundleInfoInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\user\EntityOwnerInterface;

/**
 * What a test run proposes, made again from what its change keeps.
 *
 * It is built in memory, and never saved. createRevision() is not used: the
 * revision that it makes may be taken for the newest one.
 *
 * @internal
 */
final class ProposedVersions {

  public function __construct(
    private readonly DraftVersions $versions,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly EntityTypeBundleInfoInterface $bundles,
    private readonly AgentAccounts $accounts,
  ) {}

  /**
   * What the agent read; NULL: there was nothing, it proposes a new item.
   */
  public function before(Change $change): ?ContentEntityInterface {
    if ($change->getBaseRevisionId() === NULL || !$this->isKnown($change)) {
      return NULL;
    }
    $version = $this->read($change) ?? $this->blank($change);
    DryRunDrafts::fill($version, $change->getOwnValues()['before'] ?? []);
    return $version;
  }

  /**
   * What the agent proposes; NULL: the site has no such content any more.
   */
  public function after(Change $change): ?ContentEntityInterface {
    if (!$this->isKnown($change)) {
      return NULL;
    }
    $version = $this->read($change) ?? $this->blank($change);
    DryRunDrafts::fill($version, $change->getOwnValues()['after'] ?? []);
    return $version;
  }

  /**
   * Whether a person may see the item as a whole, not only what was proposed.
   */
  public function wholeAccess(Change $change, AccountInterface $account): AccessResultInterface {
    $access = $change->access('view', $account, TRUE);
    if ($change->getBaseRevisionId() === NULL) {
      return $access;
    }
    return $access->andIf($this->read($change)?->access('view', $account, TRUE) ?? AccessResult::forbidden('What the agent read is not there any more.')->setCacheMaxAge(0));
  }

  private function isKnown(Change $change): bool {
    return isset($this->bundles->getBundleInfo($change->getTargetEntityTypeId())[$change->getTargetBundle()]);
  }

  /**
   * A copy of the revision that the agent read: others may hold it.
   */
  private function read(Change $change): ?ContentEntityInterface {
    $read = $change->getTargetId() === '' ? NULL : $this->versions->base($change);
    return $read === NULL ? NULL : clone $read;
  }

  /**
   * An item of the kind with nothing in it but its defaults.
   */
  private function blank(Change $change): ContentEntityInterface {
    $type = $this->entityTypeManager->getDefinition($change->getTargetEntityTypeId());
    $values = [
      (string) $type->getKey('bundle') => $change->getTargetBundle(),
      (string) $type->getKey('langcode') => (string) $change->getTargetLangcode(),
    ];
    unset($values['']);
    $item = $this->entityTypeManager->getStorage($change->getTargetEntityTypeId())->create($values);
    assert($item instanceof ContentEntityInterface);
    $owner = $this->accounts->load((string) $change->getRun()?->getAccountUuid());
    if ($item instanceof EntityOwnerInterface && $owner !== NULL) {
      $item->setOwnerId((int) $owner->id());
    }
    return $item;
  }

}
