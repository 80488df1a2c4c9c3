<?php

declare(strict_types=1);

namespace Drupal\background_agents\Access;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\Core\Cache\CacheableMetadata;
use Drupal\Core\Cache\Context\CacheContextInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Keeps apart what runs, agent accounts and everybody else may see.
 *
 * Cache context ID: 'background_agents_run'. One value for all accounts that
 * are not agents.
 *
 * @internal
 */
final class RunCacheContext implements CacheContextInterface {

  public function __construct(
    private readonly AccountInterface $currentUser,
    private readonly RunContext $runContext,
    private readonly AgentAccounts $accounts,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getLabel(): TranslatableMarkup {
    return new TranslatableMarkup('Run of a background agent');
  }

  /**
   * {@inheritdoc}
   */
  public function getContext(): string {
    $run = $this->runContext->current();
    return match (TRUE) {
      $run !== NULL => "run.{$run->uuid()}.{$run->getGeneration()}.{$this->currentUser->id()}",
      $this->accounts->isAgentAccount($this->currentUser) => "account.{$this->currentUser->id()}",
      default => 'none',
    };
  }

  /**
   * {@inheritdoc}
   */
  public function getCacheableMetadata(): CacheableMetadata {
    return (new CacheableMetadata())->addCacheTags(['config:user_role_list']);
  }

}
