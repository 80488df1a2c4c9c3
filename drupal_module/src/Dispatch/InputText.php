<?php

declare(strict_types=1);

namespace Drupal\background_agents\Dispatch;

/**
 * The input of an agent that somebody gives as a text.
 *
 * @internal
 */
final class InputText {

  private const int DEPTH = 64;

  /**
   * Reads an input.
   *
   * @param string $text
   *   An object of JSON; empty: no input.
   *
   * @return \stdClass
   *   The input.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   *   When it is no object of JSON.
   */
  public static function read(string $text): \stdClass {
    if (trim($text) === '') {
      return new \stdClass();
    }
    try {
      $input = json_decode($text, FALSE, self::DEPTH, JSON_THROW_ON_ERROR);
    }
    catch (\JsonException $exception) {
      throw self::refused($exception->getMessage());
    }
    return $input instanceof \stdClass ? $input : throw self::refused('it is another value');
  }

  private static function refused(string $why): DispatchRefused {
    $detail = "The input has to be a JSON object, such as {\"topic\": \"Bread\"}: $why.";
    return DispatchRefused::of(422, 'input_invalid', 'The input is no object', $detail, [
      ['pointer' => '/input', 'detail' => $detail],
    ]);
  }

}
