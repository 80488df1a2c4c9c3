<?php

declare(strict_types=1);

namespace Drupal\background_agents\Field;

use Drupal\background_agents\Http\Problem;
use Drupal\background_agents\Http\ProblemException;

/**
 * Errors of single fields, collected so that all can be mended at once.
 *
 * @internal
 */
final class FieldErrors {

  /**
   * Errors by code, the gravest first: that code is the problem's.
   *
   * @var array<string, array<array{detail: string, pointer: string}>>
   */
  private array $errors = ['forbidden' => [], 'unsupported_field' => [], 'invalid' => []];

  /**
   * Adds an error.
   *
   * @param string $code
   *   Either forbidden, unsupported_field, or invalid.
   * @param string $path
   *   Path below `/fields/`, such as "body/0/value".
   */
  public function add(string $code, string $path, string $detail): void {
    $this->errors[$code][] = ['detail' => $detail, 'pointer' => $path === '' ? '/fields' : "/fields/$path"];
  }

  /**
   * Takes over the errors of a part.
   */
  public function addAll(self $others): void {
    $this->errors = array_merge_recursive($this->errors, $others->errors);
  }

  /**
   * Throws a problem when an error was added.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   When there is any error.
   */
  public function throwIfAny(): void {
    if (array_filter($this->errors) !== []) {
      throw $this->problem();
    }
  }

  /**
   * All errors as one problem; there is at least one.
   */
  public function problem(?\Throwable $previous = NULL): ProblemException {
    $found = array_filter($this->errors);
    $code = (string) array_key_first($found);
    $title = match ($code) {
      'forbidden' => 'The agent may not edit a field',
      'unsupported_field' => 'A field cannot be written yet',
      default => 'The fields are not valid',
    };
    return new ProblemException(new Problem($code === 'forbidden' ? 403 : 422, $code, $title, $found[$code][0]['detail'], array_merge(...array_values($found))), $previous);
  }

}
