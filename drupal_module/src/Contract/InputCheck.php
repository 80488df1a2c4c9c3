<?php

declare(strict_types=1);

namespace Drupal\background_agents\Contract;

/**
 * Says in a sentence why an input does not fit the input schema of an agent.
 *
 * @internal
 */
final class InputCheck {

  /**
   * What is wrong with an input; NULL: it fits.
   *
   * @param \stdClass $input
   *   The input.
   * @param \stdClass|null $schema
   *   The input schema; NULL: any object fits.
   */
  public static function problem(\stdClass $input, ?\stdClass $schema): ?string {
    try {
      $errors = $schema === NULL ? [] : SchemaValidator::validateForeign($input, $schema);
    }
    catch (\UnexpectedValueException | \JsonException | \TypeError $error) {
      return 'The input schema cannot be used: ' . $error->getMessage();
    }
    return $errors === [] ? NULL : ltrim($errors[0]['pointer'] . ': ', ': ') . $errors[0]['detail'];
  }

}
