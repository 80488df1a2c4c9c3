<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

use Drupal\background_agents\Http\ProblemException;
use Drupal\Core\Flood\FloodInterface;

/**
 * Counts keys that are not accepted, by the address of the caller.
 *
 * Whoever has a key that is accepted is let in from the same address, too.
 *
 * @internal
 */
final class WrongKeys {

  public const string EVENT = 'background_agents.wrong_key';

  /**
   * So many in so many seconds.
   */
  private const int MOST = 30;

  private const int SECONDS = 600;

  public function __construct(
    private readonly FloodInterface $flood,
  ) {}

  /**
   * Notes a wrong key.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   429, when there were too many.
   */
  public function note(string $address): void {
    $who = self::network($address);
    if (!$this->flood->isAllowed(self::EVENT, self::MOST, self::SECONDS, $who)) {
      throw ProblemException::of(429, 'too_many_requests', 'Too many wrong keys', 'Too many keys that are not accepted came from this address. Try again later, with the right one.', extra: ['retry_after' => self::SECONDS]);
    }
    $this->flood->register(self::EVENT, self::SECONDS, $who);
  }

  /**
   * An IPv4 address, or the network of an IPv6 one: each host has many of them.
   */
  private static function network(string $address): string {
    $bytes = @inet_pton($address);
    return $bytes !== FALSE && strlen($bytes) === 16 ? inet_ntop(substr($bytes, 0, 8) . str_repeat("\0", 8)) . '/64' : $address;
  }

}
