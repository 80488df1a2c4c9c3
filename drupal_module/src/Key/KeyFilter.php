<?php

declare(strict_types=1);

namespace Drupal\background_agents\Key;

use Symfony\Component\HttpFoundation\Request;

/**
 * Which dispatch keys of all people are asked for.
 *
 * @internal
 */
final readonly class KeyFilter {

  public const string EXPIRED = 'expired';
  public const string NOT_EXPIRED = 'good';
  public const string ENDLESS = 'never';

  /**
   * Constructs a KeyFilter object.
   *
   * @param string $text
   *   A part of the name of the key or of its owner; empty: any.
   * @param string $agent
   *   Id of an agent that the key is for; empty: any.
   * @param string $expiry
   *   One of the constants; empty: any.
   * @param int $unusedDays
   *   Not used for so many days, or never; 0: whenever it was used.
   */
  public function __construct(
    public string $text = '',
    public string $agent = '',
    public string $expiry = '',
    public int $unusedDays = 0,
  ) {}

  /**
   * Reads what the address of a page says; what it cannot mean is left out.
   */
  public static function of(Request $request): self {
    $values = array_map(trim(...), array_filter($request->query->all(), is_string(...)));
    $expiry = $values['expiry'] ?? '';
    return new self(
      mb_substr($values['search'] ?? '', 0, 128),
      preg_match('/^[a-z0-9_]{1,128}$/D', $values['agent'] ?? '') === 1 ? $values['agent'] : '',
      in_array($expiry, [self::EXPIRED, self::NOT_EXPIRED, self::ENDLESS], TRUE) ? $expiry : '',
      preg_match('/^[0-9]{1,4}$/D', $values['unused'] ?? '') === 1 ? (int) $values['unused'] : 0,
    );
  }

  /**
   * Whether anything is left out.
   */
  public function isSet(): bool {
    return $this != new self();
  }

}
