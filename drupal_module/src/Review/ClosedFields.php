<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Field\FieldValues;
use Drupal\background_agents\Guard\ProtectedFields;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Field\FieldItemListInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\filter\FilterFormatInterface;

/**
 * Fields of a draft that a person may not decide about.
 *
 * Who may edit content need not be allowed to see or edit each of its fields,
 * or to use each text format. Accepting writes as that person, so what they
 * could not write in the form of the content stays for somebody who may.
 *
 * @internal
 */
final class ClosedFields {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ProtectedFields $protected,
  ) {}

  /**
   * Picks the names of closed fields.
   *
   * What no agent sets, such as the author of an item that an agent's code
   * made, is nobody's to decide about: it is as Drupal set it.
   *
   * @param \Drupal\Core\Entity\ContentEntityInterface $draft
   *   The draft.
   * @param string[] $names
   *   Names of fields.
   * @param \Drupal\Core\Session\AccountInterface $account
   *   The person.
   *
   * @return list<string>
   *   Those that they may not decide about.
   */
  public function among(ContentEntityInterface $draft, array $names, AccountInterface $account): array {
    return array_values(array_filter($names, fn (string $name): bool => $draft->hasField($name) && !$this->protected->isProtected($draft->getFieldDefinition($name)) && !$this->isOpen($draft->get($name), $account)));
  }

  private function isOpen(FieldItemListInterface $items, AccountInterface $account): bool {
    return $items->access('view', $account) && $items->access('edit', $account) && $this->mayUseFormats($items, $account);
  }

  private function mayUseFormats(FieldItemListInterface $items, AccountInterface $account): bool {
    if (!in_array($items->getFieldDefinition()->getType(), FieldValues::TEXT_TYPES, TRUE)) {
      return TRUE;
    }
    foreach (array_unique(array_filter(array_column($items->getValue(), 'format'))) as $id) {
      $format = $this->entityTypeManager->getStorage('filter_format')->load($id);
      if ($format instanceof FilterFormatInterface && !$format->access('use', $account)) {
        return FALSE;
      }
    }
    return TRUE;
  }

}
