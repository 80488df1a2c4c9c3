<?php

declare(strict_types=1);

namespace Drupal\background_agents\Batch;

/**
 * Which content of an entity type a batch is about.
 *
 * @internal
 */
final readonly class ItemFilter {

  /**
   * Constructs an ItemFilter object.
   *
   * @param string $entityType
   *   The entity type.
   * @param string[] $bundles
   *   Only these bundles.
   * @param string[] $langcodes
   *   Only these languages; none: all.
   * @param bool|null $isPublished
   *   Only what is published, or is not; NULL: both.
   * @param int|null $changedSince
   *   Only what was changed since this Unix time.
   * @param int|null $term
   *   Only what refers to this term.
   * @param string|null $emptyField
   *   Only where this field is empty: its name, or name and property with a
   *   full stop between them.
   * @param list<array{string, string}>|null $chosen
   *   Only these: id and language; NULL: all.
   */
  public function __construct(
    public string $entityType,
    public array $bundles,
    public array $langcodes = [],
    public ?bool $isPublished = NULL,
    public ?int $changedSince = NULL,
    public ?int $term = NULL,
    public ?string $emptyField = NULL,
    public ?array $chosen = NULL,
  ) {}

}
