<?php

declare(strict_types=1);

namespace Drupal\background_agents\Http;

use Symfony\Component\HttpFoundation\Request;

/**
 * What the address of a request asks for. What is not known is refused.
 *
 * @internal
 */
final class QueryParameters {

  private const string TIME = '/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$/D';

  private const string UUID = '/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/D';

  /**
   * Reads the parameters of a request.
   *
   * @param array<array-key, mixed> $values
   *   What the address has.
   */
  private function __construct(
    private readonly array $values,
  ) {}

  /**
   * The parameters of a request that may have no others.
   *
   * @param \Symfony\Component\HttpFoundation\Request $request
   *   The request.
   * @param string[] $known
   *   Names that it may have.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   422 invalid.
   */
  public static function of(Request $request, array $known): self {
    $values = array_diff_key($request->query->all(), ['_format' => TRUE]);
    foreach ($values as $name => $value) {
      if (!in_array((string) $name, $known, TRUE)) {
        self::refuse((string) $name, $known === [] ? 'This takes no parameters in the address.' : 'There is no such parameter. There are: ' . implode(', ', $known) . '.');
      }
      if (!is_string($value)) {
        self::refuse((string) $name, 'It is given once, as one value.');
      }
    }
    return new self($values);
  }

  /**
   * A whole number from 1; NULL: it is not given.
   */
  public function id(string $name): ?int {
    return isset($this->values[$name]) ? $this->number($name, 1, 1, 2_147_483_647) : NULL;
  }

  /**
   * A whole number; the default when it is not given.
   */
  public function number(string $name, int $default, int $least, int $most): int {
    $number = filter_var($this->values[$name] ?? (string) $default, FILTER_VALIDATE_INT, [
      'options' => ['min_range' => $least, 'max_range' => $most],
    ]);
    return $number !== FALSE ? $number : self::refuse($name, "\"$name\" is a whole number from $least to $most.");
  }

  /**
   * Whether it is 1, not 0; NULL: it is not given.
   */
  public function flag(string $name): ?bool {
    return isset($this->values[$name]) ? $this->number($name, 0, 0, 1) === 1 : NULL;
  }

  /**
   * One or more of some words, parted by commas; none: it is not given.
   *
   * @param string $name
   *   Name of the parameter.
   * @param string[] $known
   *   The words.
   *
   * @return list<string>
   *   Each once.
   */
  public function words(string $name, array $known): array {
    $given = $this->values[$name] ?? NULL;
    $words = $given === NULL ? [] : array_values(array_unique(explode(',', $given)));
    return array_diff($words, $known) === [] ? $words : self::refuse($name, "\"$name\" is one or more of these, parted by commas: " . implode(', ', $known) . '.');
  }

  /**
   * A machine name; NULL: it is not given.
   */
  public function machineName(string $name): ?string {
    $given = $this->values[$name] ?? NULL;
    return $given === NULL || preg_match('/^[a-z0-9_]{1,64}$/D', $given) === 1 ? $given : self::refuse($name, "\"$name\" is an id of lower-case letters, digits and \"_\".");
  }

  /**
   * A text of at most so many characters; NULL: it is not given.
   */
  public function text(string $name, int $most): ?string {
    $given = $this->values[$name] ?? NULL;
    return $given === NULL || ($given !== '' && mb_strlen($given) <= $most) ? $given : self::refuse($name, "\"$name\" is a text of at most $most characters.");
  }

  /**
   * A UUID; NULL: it is not given.
   */
  public function uuid(string $name): ?string {
    $given = $this->values[$name] ?? NULL;
    return $given === NULL || preg_match(self::UUID, $given) === 1 ? $given : self::refuse($name, "\"$name\" is a UUID.");
  }

  /**
   * A time, in Unix seconds; NULL: it is not given.
   */
  public function time(string $name): ?int {
    $given = $this->values[$name] ?? NULL;
    // In an address, a plus that was not encoded is a blank.
    $time = $given === NULL || preg_match(self::TIME, str_replace(' ', '+', $given)) !== 1 ? FALSE : strtotime(str_replace(' ', '+', $given));
    return $given === NULL ? NULL : ($time !== FALSE ? $time : self::refuse($name, "\"$name\" is a time such as 2026-01-31T12:00:00Z."));
  }

  /**
   * The place after which a list goes on; NULL: it is not given.
   *
   * @param string $name
   *   Name of the parameter.
   * @param int $numbers
   *   Of how many numbers it is made.
   *
   * @return list<int>|null
   *   The numbers.
   */
  public function cursor(string $name, int $numbers): ?array {
    $given = $this->values[$name] ?? NULL;
    return $given === NULL ? NULL : Cursor::read($given, $numbers) ?? self::refuse($name, "\"$name\" is what an answer told as \"next\", as it was.");
  }

  private static function refuse(string $name, string $detail): never {
    throw ProblemException::of(422, 'invalid', 'The request is not valid', $detail, [
      ['pointer' => '/' . str_replace(['~', '/'], ['~0', '~1'], $name), 'detail' => $detail],
    ]);
  }

}
