<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

use Drupal\background_agents\Audit\AuditLog;
use Drupal\background_agents\Audit\Decision;
use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Webhook\WebhookRemoval;
use Drupal\background_agents\Webhook\WebhookSubject;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\IntegrityConstraintViolationException;

/**
 * Makes, changes and revokes dispatch keys, and keeps who did so.
 *
 * Who may is checked by the caller.
 *
 * @internal
 */
final class PersonKeys {

  public function __construct(
    private readonly Transactions $transactions,
    private readonly KeyStore $keys,
    private readonly AuditLog $audit,
    private readonly WebhookRemoval $webhooks,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Makes a key of a person.
   *
   * @param int $uid
   *   The person.
   * @param string $request
   *   What asked for it: the same makes one key.
   * @param string $name
   *   Its name.
   * @param string[]|null $agents
   *   Ids of the agents that it is for; NULL: all.
   * @param int|null $expires
   *   Unix time; NULL: never.
   *
   * @return \Drupal\background_agents\Key\DispatchKeyToken|null
   *   To be shown, once; NULL: the key was made before.
   */
  public function add(int $uid, string $request, string $name, ?array $agents, ?int $expires): ?DispatchKeyToken {
    $token = DispatchKeyToken::make("$uid\n$request");
    $key = new DispatchKey($token->id, $uid, $name, $agents, $this->time->getCurrentTime(), $expires);
    try {
      $this->transactions->run(function () use ($key, $token): void {
        $this->keys->insert($key, $token);
        $this->audit->record(Decision::aboutKey('key_add', $key->uid, $key->id));
      });
    }
    catch (IntegrityConstraintViolationException) {
      return NULL;
    }
    return $token;
  }

  /**
   * Changes name, agents and expiry of a key.
   */
  public function change(DispatchKey $key): void {
    $this->transactions->run(function () use ($key): void {
      $this->keys->update($key);
      $this->audit->record(Decision::aboutKey('key_change', $key->uid, $key->id));
    });
  }

  /**
   * Revokes a key: from the next request on nobody is let in by it.
   *
   * Its webhooks go with it, and what waits to be sent to them.
   *
   * @param \Drupal\background_agents\Key\DispatchKey $key
   *   The key.
   * @param int $by
   *   Whoever revokes it.
   */
  public function revoke(DispatchKey $key, int $by): void {
    $this->transactions->run(function () use ($key, $by): void {
      if ($this->keys->delete($key->uid, $key->id) > 0) {
        $this->webhooks->of(WebhookSubject::key($key->id, $key->uid));
        $this->audit->record(Decision::aboutKey('key_revoke', $by, $key->id));
      }
    });
  }

  /**
   * Revokes all keys of a person.
   *
   * @param int $uid
   *   The person.
   * @param int|null $by
   *   Whoever brought that about; NULL: nobody is to be kept.
   */
  public function revokeAll(int $uid, ?int $by): void {
    $this->transactions->run(function () use ($uid, $by): void {
      $keys = $this->keys->ofPerson($uid);
      if ($keys === []) {
        return;
      }
      $this->keys->delete($uid);
      foreach ($keys as $key) {
        $this->webhooks->of(WebhookSubject::key($key->id, $uid));
        if ($by !== NULL) {
          $this->audit->record(Decision::aboutKey('key_revoke', $by, $key->id));
        }
      }
    });
  }

}
