<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review\Diff;

use Drupal\Core\Field\FieldItemListInterface;

/**
 * A field in two revisions.
 *
 * @internal
 */
final readonly class ComparedField {

  /**
   * Sets what is given.
   *
   * @param string $name
   *   Name of the field.
   * @param string $label
   *   Its label, plain text.
   * @param string $type
   *   Its type.
   * @param \Drupal\Core\Field\FieldItemListInterface|null $old
   *   Its items in the former revision; NULL: there is none.
   * @param \Drupal\Core\Field\FieldItemListInterface $new
   *   Its items in the later revision.
   * @param bool $isChanged
   *   Whether a reader sees a difference.
   */
  public function __construct(
    public string $name,
    public string $label,
    public string $type,
    public ?FieldItemListInterface $old,
    public FieldItemListInterface $new,
    public bool $isChanged,
  ) {}

  /**
   * Whether it holds texts.
   */
  public function isText(): bool {
    return TextView::isText($this->type);
  }

}
