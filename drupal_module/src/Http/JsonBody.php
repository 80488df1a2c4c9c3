<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Contract\Numbers;
use Symfony\Component\HttpFoundation\Request;

/**
 * Reads the JSON objects that requests carry.
 *
 * @internal
 */
final class JsonBody {

  /**
   * JSON that PHP cannot hold, and what to do.
   */
  private const UNREADABLE = [
    JSON_ERROR_DEPTH => 'It is nested too deeply. Send values with fewer levels.',
    JSON_ERROR_UTF16 => 'A text holds half of a character (a lone surrogate). Leave it out.',
    JSON_ERROR_INVALID_PROPERTY_NAME => 'The name of a member begins with a NUL character. Rename it.',
  ];

  /**
   * Decodes a body.
   *
   * @param string $body
   *   The raw body; empty: an object without members.
   *
   * @return \stdClass
   *   Objects are \stdClass. Each number can be stored and sent again.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   400 invalid_json; 422 invalid with the pointer of a number like 1e999,
   *   and for JSON that PHP cannot hold.
   */
  public static function decode(string $body): \stdClass {
    $document = json_decode($body === '' ? '{}' : $body);
    $unreadable = self::UNREADABLE[json_last_error()] ?? NULL;
    if ($unreadable !== NULL) {
      throw ProblemException::of(422, 'invalid', 'The request cannot be read', $unreadable);
    }
    if (!$document instanceof \stdClass) {
      throw ProblemException::of(400, 'invalid_json', 'The body is not JSON', 'Send a JSON object.');
    }
    $pointer = Numbers::notFinite($document);
    if ($pointer !== NULL) {
      self::refuse([['pointer' => $pointer, 'detail' => 'This number is too large to be stored.']]);
    }
    return $document;
  }

  /**
   * Refuses parameters of the address: what they ask for would not be done.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   422 invalid.
   */
  public static function refuseQuery(Request $request): void {
    $unknown = array_diff(array_keys($request->query->all()), ['_format']);
    if ($unknown !== []) {
      self::refuse(array_values(array_map(static fn (int|string $name): array => [
        'pointer' => '/' . str_replace(['~', '/'], ['~0', '~1'], (string) $name),
        'detail' => 'This takes no parameters in the address. Send them in the body, as its contract says.',
      ], $unknown)));
    }
  }

  /**
   * Refuses a document that breaks its contract.
   *
   * @param \stdClass $document
   *   The decoded document.
   * @param \Drupal\background_agents\Contract\Contracts $contracts
   *   The schemas.
   * @param string $name
   *   Name of the contract, such as "dispatch", or "draft#/$defs/request".
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   422 invalid.
   */
  public static function check(\stdClass $document, Contracts $contracts, string $name): void {
    $errors = $contracts->errors($document, $name);
    if ($errors !== []) {
      self::refuse($errors);
    }
  }

  /**
   * Refuses a body whose numbers are out of bounds.
   *
   * @param array<array{pointer: string, detail: string}> $errors
   *   What is wrong.
   */
  private static function refuse(array $errors): never {
    $where = $errors[0]['pointer'] === '' ? '' : $errors[0]['pointer'] . ': ';
    throw ProblemException::of(422, 'invalid', 'The request is not valid', $where . $errors[0]['detail'], $errors);
  }

}
