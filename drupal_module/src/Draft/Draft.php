<?php

declare(strict_types=1);

namespace Drupal\background_agents\Draft;

use Drupal\background_agents\Field\AppliedFields;
use Drupal\Core\Entity\ContentEntityInterface;

/**
 * A draft that was built and not saved yet.
 *
 * @internal
 */
final readonly class Draft {

  /**
   * Constructs a Draft object.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $entity
   *   The translation to save: new, or a new revision.
   * @param int|null $base
   *   The revision that it is made from and must still be the newest one when
   *   it is saved; NULL for a creation.
   * @param int|null $default
   *   The default revision at that time; NULL for a creation.
   * @param \Drupal\background_agents\Field\AppliedFields $applied
   *   What the fields of the request came to.
   * @param string|null $publishAs
   *   The published state that was asked for.
   */
  public function __construct(
    public ContentEntityInterface $entity,
    public ?int $base,
    public ?int $default,
    public AppliedFields $applied = new AppliedFields(),
    public ?string $publishAs = NULL,
  ) {}

  public function isCreation(): bool {
    return $this->base === NULL;
  }

}
