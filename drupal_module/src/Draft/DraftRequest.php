<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Contract\Contracts;
use Drupal\background_agents\Http\ProblemException;

/**
 * A request to leave a draft, as in the contract `draft`.
 *
 * @internal
 */
final readonly class DraftRequest {

  private const string SCHEMA = 'draft#/$defs/request';

  /**
   * Constructs a DraftRequest object.
   *
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
   * @param \stdClass $document
   *   Decoded with objects as \stdClass.
   * @param \Drupal\background_agents\Contract\Contracts $contracts
   *   The schemas.
   *
   * @throws \Drupal\background_agents\Http\ProblemException
   *   422 `invalid` with a pointer for each member that breaks the contract.
   */
  public static function fromDocument(\stdClass $document, Contracts $contracts): self {
    $errors = $contracts->errors($document, self::SCHEMA);
    if ($errors !== []) {
      throw ProblemException::of(422, 'invalid', 'The draft request is not valid', 'Mend what "errors" names and send it again.', $errors);
    }
    return new self(
      key: $document->key,
      run: $document->run,
      attempt: (int) $document->attempt,
      generation: (int) $document->generation,
      operation: $document->operation,
      entityType: $document->entity_type,
      bundle: $document->bundle,
      entity: $document->entity ?? NULL,
      expectedRevision: isset($document->expected_revision) ? (int) $document->expected_revision : NULL,
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

}
