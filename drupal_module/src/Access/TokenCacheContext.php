<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\Core\Cache\CacheableMetadata;
use Drupal\Core\Cache\Context\CacheContextInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Keeps apart what the tokens of people may: by token.
 *
 * Cache context ID: 'background_agents_token'. Not below 'user', which is the
 * same for all tokens of a person and would make this one redundant. One value
 * for all accounts without a token.
 *
 * @internal
 */
final class TokenCacheContext implements CacheContextInterface {

  public function __construct(
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getLabel(): TranslatableMarkup {
    return new TranslatableMarkup('OAuth token');
  }

  /**
   * {@inheritdoc}
   */
  public function getContext(): string {
    return TokenAccount::key($this->currentUser) ?? 'none';
  }

  /**
   * {@inheritdoc}
   */
  public function getCacheableMetadata(): CacheableMetadata {
    return new CacheableMetadata();
  }

}
