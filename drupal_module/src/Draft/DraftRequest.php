<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Exception\ProblemException;
use Drupal\background_agents\RequestHash;

/**
 * A request to leave a draft, as in the contract `draft`.
 */
final readonly class DraftRequest {

  private const string UUID = '/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/D';

  private const array PATTERNS = [
    'key' => '/^[0-9a-f]{64}$/D',
    'run' => self::UUID,
    'operation' => '/^(create|revise)$/D',
    'entity_type' => '/^[a-z0-9_]{1,64}$/D',
    'bundle' => '/^[a-z0-9_]{1,64}$/D',
    'entity' => self::UUID,
    'langcode' => '/^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$/D',
  ];

  private const int SUMMARY_LENGTH = 1000;

  /**
   * @param array<string, mixed> $fields
   *   Decoded JSON by field name; objects are \stdClass.
   * @param string $hash
   *   Hash of the members that make the request what it is.
   */
  private function __construct(
    public string $key,
    public string $run,
    public int $attempt,
    public int $generation,
    public string $operation,
    public string $entityType,
    public string $bundle,
    public ?string $entity,
    public ?int $expectedRevision,
    public ?string $langcode,
    public array $fields,
    public string $summary,
    public ?\stdClass $checkpoint,
    public string $hash,
  ) {}

  /**
   * Reads the document.
   *
   * @throws \Drupal\background_agents\Exception\ProblemException
   *   422 `invalid` with a pointer for each member that breaks the contract.
   */
  public static function fromDocument(\stdClass $document): self {
    $errors = array_merge(self::textErrors($document), self::numberErrors($document), self::objectErrors($document));
    if ($errors !== []) {
      throw ProblemException::of(422, 'invalid', 'The draft request is not valid', 'Mend what "errors" names and send it again.', $errors);
    }
    return new self(
      key: $document->key,
      run: $document->run,
      attempt: $document->attempt,
      generation: $document->generation,
      operation: $document->operation,
      entityType: $document->entity_type,
      bundle: $document->bundle,
      entity: $document->entity ?? NULL,
      expectedRevision: $document->expected_revision ?? NULL,
      langcode: $document->langcode ?? NULL,
      fields: get_object_vars($document->fields),
      summary: $document->summary,
      checkpoint: $document->checkpoint ?? NULL,
      hash: RequestHash::ofDraft($document),
    );
  }

  public function isCreation(): bool {
    return $this->operation === 'create';
  }

  /**
   * @return array<array{detail: string, pointer: string}>
   */
  private static function textErrors(\stdClass $document): array {
    $errors = [];
    $optional = ['langcode', ...(($document->operation ?? NULL) === 'revise' ? [] : ['entity'])];
    foreach (self::PATTERNS as $name => $pattern) {
      $value = $document->$name ?? NULL;
      if ($value === NULL && in_array($name, $optional, TRUE)) {
        continue;
      }
      if (!is_string($value) || !preg_match($pattern, $value)) {
        $errors[] = self::error($name, $value === NULL ? 'It is missing.' : "It does not match $pattern.");
      }
    }
    $summary = $document->summary ?? NULL;
    if (!is_string($summary) || trim($summary) === '' || mb_strlen($summary) > self::SUMMARY_LENGTH) {
      $errors[] = self::error('summary', sprintf('Say in one sentence, of at most %d characters, what was changed and why.', self::SUMMARY_LENGTH));
    }
    return $errors;
  }

  /**
   * @return array<array{detail: string, pointer: string}>
   */
  private static function numberErrors(\stdClass $document): array {
    $errors = [];
    foreach (['attempt', 'generation', 'expected_revision'] as $name) {
      $value = $document->$name ?? NULL;
      $optional = $name === 'expected_revision' && ($document->operation ?? NULL) !== 'revise';
      if (!($value === NULL && $optional) && (!is_int($value) || $value < 1)) {
        $errors[] = self::error($name, 'A whole number from 1 on is needed.');
      }
    }
    return $errors;
  }

  /**
   * @return array<array{detail: string, pointer: string}>
   */
  private static function objectErrors(\stdClass $document): array {
    $errors = [];
    $fields = $document->fields ?? NULL;
    if (!$fields instanceof \stdClass || get_object_vars($fields) === []) {
      $errors[] = self::error('fields', 'An object with at least one field is needed.');
    }
    elseif (($bad = preg_grep('/^[a-z0-9_]{1,64}$/D', array_map(strval(...), array_keys(get_object_vars($fields))), PREG_GREP_INVERT)) !== []) {
      $errors[] = self::error('fields', sprintf('"%s" is no name of a field.', reset($bad)));
    }
    $checkpoint = $document->checkpoint ?? NULL;
    if ($checkpoint !== NULL && (!$checkpoint instanceof \stdClass || !is_int($checkpoint->version ?? NULL) || !($checkpoint->units ?? NULL) instanceof \stdClass)) {
      $errors[] = self::error('checkpoint', 'An object with "version" and "units" is needed.');
    }
    return $errors;
  }

  private static function error(string $name, string $detail): array {
    return ['detail' => $detail, 'pointer' => "/$name"];
  }

}
