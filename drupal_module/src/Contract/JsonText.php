<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

use Symfony\Component\Yaml\Exception\ParseException;
use Symfony\Component\Yaml\Yaml;

/**
 * Reads JSON that a person typed, and says what is wrong with it.
 *
 * @internal
 */
final class JsonText {

  /**
   * Reads a JSON object.
   *
   * @param string $text
   *   What was typed.
   *
   * @return \stdClass|null
   *   The object, NULL for an empty text.
   *
   * @throws \InvalidArgumentException
   *   When it is no JSON object; the message tells a person where and why.
   */
  public static function readObject(string $text): ?\stdClass {
    if (trim($text) === '') {
      return NULL;
    }
    try {
      $value = self::decode($text);
    }
    catch (\JsonException $exception) {
      throw new \InvalidArgumentException(self::explain($text, $exception->getMessage()), 0, $exception);
    }
    if (!$value instanceof \stdClass) {
      throw new \InvalidArgumentException('A JSON object is needed: it starts with { and ends with }.');
    }
    return $value;
  }

  /**
   * Reads any JSON value whose numbers can be written again.
   *
   * @throws \JsonException
   *   When it is none.
   */
  public static function decode(string $text): mixed {
    $value = json_decode($text, FALSE, 512, JSON_THROW_ON_ERROR);
    $pointer = Numbers::notFinite($value);
    if ($pointer !== NULL) {
      throw new \JsonException('the number at "' . ($pointer ?: '/') . '" is too large');
    }
    return $value;
  }

  /**
   * Finds the line of an error. PHP's parser does not tell it; YAML's does.
   */
  private static function explain(string $text, string $message): string {
    try {
      Yaml::parse($text);
    }
    catch (ParseException $exception) {
      $snippet = trim($exception->getSnippet());
      $line = $exception->getParsedLine();
      return 'This is not valid JSON (' . $message . ')' . ($line > 0 ? ', near line ' . $line : '') . ($snippet !== '' ? ': ' . mb_substr($snippet, 0, 80) : '') . '.';
    }
    return 'This is not valid JSON (' . $message . '). Names and texts need double quotes, and there is no comma behind the last entry.';
  }

}
