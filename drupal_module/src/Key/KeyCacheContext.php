<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

use Drupal\Core\Cache\CacheableMetadata;
use Drupal\Core\Cache\Context\CacheContextInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Keeps apart what dispatch keys may, and what their owners may.
 *
 * Cache context IDs: 'user.background_agents_key' and 'background_agents_key'.
 * One value for all accounts that no key limits.
 *
 * @internal
 */
final class KeyCacheContext implements CacheContextInterface {

  public function __construct(
    private readonly AccountInterface $currentUser,
    private readonly CurrentKey $current,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getLabel(): TranslatableMarkup {
    return new TranslatableMarkup('Dispatch key');
  }

  /**
   * {@inheritdoc}
   */
  public function getContext(): string {
    $key = $this->current->of($this->currentUser);
    // With its agents: they may be changed.
    return $key === NULL ? 'none' : "{$key->id}." . ($key->agents === NULL ? 'all' : hash('sha256', implode(' ', $key->agents)));
  }

  /**
   * {@inheritdoc}
   */
  public function getCacheableMetadata(): CacheableMetadata {
    return new CacheableMetadata();
  }

}
