<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca\Hook;

use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\TypedData\TraversableTypedDataInterface;
use Drupal\eca\Plugin\DataType\DataTransferObject;
use Drupal\eca\Token\TokenServices;

/**
 * Replaces tokens of runs that are empty, zero or no by what they are.
 *
 * ECA leaves those as they stand: a mail would say "[agent_run:code]".
 *
 * @internal
 */
final class EmptyTokens {

  /**
   * Properties by which the tokens of this module are known.
   *
   * In turn those of a dispatch, a run, a draft, a question, remarks, what was
   * undone and a decision.
   */
  private const array KINDS = [
    ['uuid', 'agent', 'status', 'code', 'error'],
    ['uuid', 'agent', 'state', 'reason', 'output'],
    ['operation', 'summary', 'revision', 'moderation_state'],
    ['kind', 'tool', 'expires'],
    ['whole', 'fields'],
    ['undone', 'left'],
    ['run', 'status', 'code', 'error'],
  ];

  /**
   * Implements hook_tokens().
   *
   * @param string $type
   *   Type of the tokens.
   * @param array<string, string> $tokens
   *   The tokens as they stand in the text, by name.
   * @param array<string, mixed> $data
   *   What they are about.
   *
   * @return array<string, string>
   *   Replacements by token.
   */
  #[Hook('tokens')]
  public function tokens(string $type, array $tokens, array $data): array {
    return match (TRUE) {
      $type === '_eca_root_token' => array_filter(array_map(self::root(...), array_flip($tokens)), is_string(...)),
      $type === 'dto' && self::isOurs($data['dto'] ?? NULL) => array_filter(array_map(static fn (int|string $name): ?string => self::property($data['dto'], explode(':', (string) $name)), array_flip($tokens)), is_string(...)),
      default => [],
    };
  }

  /**
   * Nothing, where one of our tokens is empty as a whole.
   */
  private static function root(int|string $name): ?string {
    $token = TokenServices::get()->getTokenData((string) $name);
    return self::isOurs($token) && $token->getString() === '' ? '' : NULL;
  }

  /**
   * The value of a property that ECA takes for none; NULL for all others.
   *
   * @param \Drupal\Core\TypedData\TraversableTypedDataInterface $token
   *   A token, or a part of one.
   * @param string[] $path
   *   Names of properties.
   */
  private static function property(TraversableTypedDataInterface $token, array $path): ?string {
    $name = array_shift($path);
    if (!$token instanceof DataTransferObject || !isset($token->$name)) {
      return NULL;
    }
    $property = $token->get($name);
    if ($path !== []) {
      return $property instanceof TraversableTypedDataInterface ? self::property($property, $path) : NULL;
    }
    $value = $property->getValue();
    return $value || is_array($value) ? NULL : (string) $value;
  }

  private static function isOurs(mixed $token): bool {
    if (!$token instanceof DataTransferObject) {
      return FALSE;
    }
    foreach (self::KINDS as $names) {
      if (array_filter($names, static fn (string $name): bool => !isset($token->$name)) === []) {
        return TRUE;
      }
    }
    return FALSE;
  }

}
