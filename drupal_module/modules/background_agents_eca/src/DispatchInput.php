<?php

declare(strict_types=1);

namespace Drupal\background_agents_eca;

use Drupal\eca\Token\TokenInterface;
use Symfony\Component\Yaml\Exception\ParseException;
use Symfony\Component\Yaml\Yaml;

/**
 * Reads the input of an agent from the text in an ECA action.
 *
 * @internal
 */
final class DispatchInput {

  public function __construct(
    private readonly TokenInterface $token,
  ) {}

  /**
   * Reads the input and replaces its tokens.
   *
   * First parsed, then replaced: what a token stands for is content, and must
   * not become structure. Replaced as plain text: a model shall read "&", not
   * "&amp;".
   *
   * @param string $text
   *   YAML or JSON.
   *
   * @return \stdClass
   *   The input.
   *
   * @throws \InvalidArgumentException
   *   When it is neither; the message tells a person what to do.
   */
  public function read(string $text): \stdClass {
    $input = $this->replace($this->parse($text));
    assert($input instanceof \stdClass);
    return $input;
  }

  /**
   * Reads the input without replacing tokens.
   *
   * @throws \InvalidArgumentException
   *   As read().
   */
  public function parse(string $text): \stdClass {
    if (trim($text) === '') {
      return new \stdClass();
    }
    if (preg_match('/^\s*(?:-\s+)?[^"\'\n]*:[ \t]*(\[[a-z0-9_-]+:[^\]\n"\']*\])[ \t]*$/mi', $text, $match)) {
      throw new \InvalidArgumentException(sprintf('Put the token %s in quotes: without them YAML reads it as a list.', $match[1]));
    }
    try {
      $value = json_decode($text, FALSE);
      $value ??= Yaml::parse($text, Yaml::PARSE_OBJECT_FOR_MAP | Yaml::PARSE_EXCEPTION_ON_INVALID_TYPE);
    }
    catch (ParseException $exception) {
      throw new \InvalidArgumentException('The input is neither YAML nor JSON: ' . $exception->getMessage(), 0, $exception);
    }
    if (!$value instanceof \stdClass) {
      throw new \InvalidArgumentException('The input has to be names with values, one a line, such as: title: "[node:title]".');
    }
    return $value;
  }

  /**
   * Replaces tokens in all texts of a value. Names are left as they are.
   */
  private function replace(mixed $value): mixed {
    if (is_string($value)) {
      return str_contains($value, '[') ? $this->token->replacePlain($value, [], ['clear' => TRUE]) : $value;
    }
    if (is_array($value)) {
      return array_map($this->replace(...), $value);
    }
    if ($value instanceof \stdClass) {
      $copy = new \stdClass();
      foreach (get_object_vars($value) as $name => $inner) {
        $copy->{$name} = $this->replace($inner);
      }
      return $copy;
    }
    return $value;
  }

}
