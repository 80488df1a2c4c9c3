<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\Core\State\StateInterface;

/**
 * Where programs call the sidecar, as it told last.
 *
 * @internal
 */
final class Doors {

  public const string STATE = 'background_agents.doors';

  private const int MAX = 500;

  public function __construct(
    private readonly StateInterface $state,
  ) {}

  /**
   * Keeps what the sidecar told, in place of what it told before.
   *
   * @param \stdClass $told
   *   The `doors` of a status request (docs/reference/protocol.md). An address
   *   that is none is left out: a newer sidecar may know more doors.
   */
  public function store(\stdClass $told): void {
    $addresses = [];
    foreach (['rest', 'mcp', 'a2a'] as $door) {
      $address = $told->{$door} ?? NULL;
      if (self::isAddress($address)) {
        $addresses[$door] = $address;
      }
    }
    $kept = $addresses + ['elsewhere' => ($told->elsewhere ?? NULL) === TRUE];
    if ($kept !== $this->state->get(self::STATE)) {
      $this->state->set(self::STATE, $kept);
    }
  }

  /**
   * The address of a door ("rest", "mcp", "a2a"); NULL: it was not told.
   */
  public function address(string $door): ?string {
    return $this->state->get(self::STATE)[$door] ?? NULL;
  }

  /**
   * Whether programs of other machines than the sidecar's own reach them.
   */
  public function areOpenElsewhere(): bool {
    return $this->state->get(self::STATE)['elsewhere'] ?? FALSE;
  }

  /**
   * Whether this can be copied into a command line and a settings file as is.
   */
  private static function isAddress(mixed $address): bool {
    return is_string($address)
      && strlen($address) <= self::MAX
      && preg_match('~^https?://[A-Za-z0-9._:\[\]-]+(/[A-Za-z0-9._/-]*)?$~D', $address) === 1;
  }

}
