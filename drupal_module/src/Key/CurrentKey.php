<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

use Drupal\Core\Cache\CacheBackendInterface;
use Drupal\Core\Session\AccountInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * The dispatch key that this request is made with, if any.
 *
 * While there is one, its owner may what the key may, whichever object stands
 * for them.
 *
 * @internal
 */
final class CurrentKey {

  /**
   * The key; NULL: none.
   */
  private ?DispatchKey $key = NULL;

  /**
   * Whether the owner is asked, and not the key.
   */
  private bool $isSetAside = FALSE;

  public function __construct(
    #[Autowire(service: 'cache.static')]
    private readonly CacheBackendInterface $static,
  ) {}

  /**
   * Begins to work with a key; NULL: without one.
   */
  public function set(?DispatchKey $key): void {
    $this->forgetHash();
    $this->key = $key;
    $this->forgetHash();
  }

  /**
   * The key of this request.
   */
  public function get(): ?DispatchKey {
    return $this->isSetAside ? NULL : $this->key;
  }

  /**
   * The key that limits an account now.
   */
  public function of(AccountInterface $account): ?DispatchKey {
    $key = $this->get();
    return $key !== NULL && $key->uid === (int) $account->id() ? $key : NULL;
  }

  /**
   * Asks what the owner may themselves, besides what the key may.
   *
   * @param callable(): T $question
   *   The question.
   *
   * @return T
   *   Its answer.
   *
   * @template T
   */
  public function setAside(callable $question): mixed {
    [$before, $this->isSetAside] = [$this->isSetAside, TRUE];
    $this->forgetHash();
    try {
      return $question();
    }
    finally {
      $this->isSetAside = $before;
      $this->forgetHash();
    }
  }

  /**
   * Core keeps one hash of permissions for each account within a request.
   */
  private function forgetHash(): void {
    if ($this->key !== NULL) {
      $this->static->delete("permissions_hash_{$this->key->uid}");
    }
  }

}
